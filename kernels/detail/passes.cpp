#include "kernels/detail/passes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/detail/eltwise.hpp"

namespace lamarck::kernels::detail {
namespace {

std::size_t bytes_of(const Compiled& compiled) {
  return compiled.primitive ? compiled.scratch_bytes() : 0;
}

void require_built(const Compiled& compiled, const std::string& step) {
  if (!compiled.primitive)
    throw std::invalid_argument(step + ": this pass was not asked for on construction");
}

}  // namespace

Layout bias_layout(std::int64_t channels) { return Layout::plain({channels}); }

dnnl::primitive_attr attributes(Activation fused) {
  dnnl::primitive_attr attr = attributes();
  if (fused == Activation::identity) return attr;
  const Eltwise f = eltwise_of(fused);
  dnnl::post_ops ops;
  append_eltwise(ops, f.forward, f.alpha, f.beta);
  attr.set_post_ops(ops);
  return attr;
}

void check_fused(Activation activation, const std::string& text) {
  if (!derivative_from_dst(activation))
    throw std::invalid_argument(
        fmt::format("{}: {} is not fused in training, its derivative is not told by its result",
                    text, name(activation)));
}

std::size_t Passes::scratch_bytes() const {
  return std::max({bytes_of(forward), bytes_of(backward_data), bytes_of(backward_weights)});
}

Step Passes::bind_forward(const Memory& src, const Memory& weights, const Memory& b,
                          const Memory& dst, Scratch scratch) const {
  const std::string step = text + " forward";
  const auto& want = forward_layouts;
  std::vector<Operand> operands{operand(DNNL_ARG_SRC, want.src, src, "src", step),
                                operand(DNNL_ARG_WEIGHTS, want.weights, weights, "weights", step),
                                operand(DNNL_ARG_DST, want.dst, dst, "dst", step)};
  if (bias) operands.push_back(operand(DNNL_ARG_BIAS, want.bias, b, "bias", step));
  return make_step(step, forward, operands, scratch);
}

Step Passes::bind_backward_data(const Memory& diff_dst, const Memory& weights,
                                const Memory& diff_src, Scratch scratch) const {
  const std::string step = text + " backward data";
  require_built(backward_data, step);
  const auto& want = backward_data_layouts;
  return make_step(step, backward_data,
                   {operand(DNNL_ARG_DIFF_DST, want.diff_dst, diff_dst, "diff_dst", step),
                    operand(DNNL_ARG_WEIGHTS, want.weights, weights, "weights", step),
                    operand(DNNL_ARG_DIFF_SRC, want.diff_src, diff_src, "diff_src", step)},
                   scratch);
}

Step Passes::bind_backward_weights(const Memory& src, const Memory& diff_dst,
                                   const Memory& diff_weights, const Memory& diff_bias,
                                   Scratch scratch) const {
  const std::string step = text + " backward weights";
  require_built(backward_weights, step);
  const auto& want = backward_weights_layouts;
  std::vector<Operand> operands{
      operand(DNNL_ARG_SRC, want.src, src, "src", step),
      operand(DNNL_ARG_DIFF_DST, want.diff_dst, diff_dst, "diff_dst", step),
      operand(DNNL_ARG_DIFF_WEIGHTS, want.diff_weights, diff_weights, "diff_weights", step)};
  if (bias)
    operands.push_back(operand(DNNL_ARG_DIFF_BIAS, want.diff_bias, diff_bias, "diff_bias", step));
  return make_step(step, backward_weights, operands, scratch);
}

}  // namespace lamarck::kernels::detail
