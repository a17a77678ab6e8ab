#include "kernels/dense.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "kernels/cpu.hpp"
#include "kernels/detail/check.hpp"
#include "kernels/detail/emulated_bf16.hpp"
#include "kernels/detail/passes.hpp"

namespace lamarck::kernels {
namespace {

using ForwardPrimitive = dnnl::inner_product_forward;
using BackwardDataPrimitive = dnnl::inner_product_backward_data;
using BackwardWeightsPrimitive = dnnl::inner_product_backward_weights;

Dims src_dims(const DenseProblem& p) { return {p.batch, p.in_channels, p.in_height, p.in_width}; }
Dims weights_dims(const DenseProblem& p) {
  return {p.out_channels, p.in_channels, p.in_height, p.in_width};
}
Dims dst_dims(const DenseProblem& p) { return {p.batch, p.out_channels}; }

}  // namespace

std::string DenseProblem::text() const {
  std::string text = fmt::format("n{} ic{}", batch, in_channels);
  if (in_height != 1 || in_width != 1) text += fmt::format(" ih{} iw{}", in_height, in_width);
  return text + fmt::format(" oc{}{}", out_channels, bias ? "" : " without bias");
}

void check(const DenseProblem& p) {
  const detail::Checker check{"dense " + p.text()};
  check.at_least(1, {{"batch", p.batch},
                     {"in_channels", p.in_channels},
                     {"in_height", p.in_height},
                     {"in_width", p.in_width},
                     {"out_channels", p.out_channels}});
  check.tensor("src", src_dims(p));
  check.tensor("weights", weights_dims(p));
  check.tensor("dst", dst_dims(p));
}

struct Dense::Impl : detail::Passes {
  std::optional<detail::EmulatedBf16<Dense>> emulated;  ///< computes all passes
};

Dense::Dense(const DenseProblem& problem, const Options& options) : problem_{problem} {
  check(problem);
  auto impl = std::make_shared<Impl>();
  impl->text = "dense " + problem.text();
  impl->bias = problem.bias;
  const bool training = options.pass == Pass::training;
  if (training) detail::check_fused(options.activation, impl->text);
  if (!options.src.empty() &&
      (options.src.dims() != src_dims(problem) || options.src.type() != options.type))
    throw std::invalid_argument(
        fmt::format("{}: src does not fit the problem, got {}", impl->text, options.src.text()));

  if (options.type == DataType::bf16 && !computes_bf16()) {
    impl->emulated.emplace(problem, options);
    impl->take_layouts(*impl->emulated);
    impl_ = std::move(impl);
    return;
  }

  detail::guarded(impl->text, [&] {
    const auto& engine = detail::engine();
    const auto attr = detail::attributes();
    // In training all passes read and write src and weights in the order that src comes in: a
    // product of plain matrices. Left to choose, oneDNN takes other orders for each with AVX-512,
    // and turning the weights to and fro takes longer than multiplying.
    const auto order = training && options.type == DataType::f32 && !options.src.empty()
                           ? detail::same_order(options.src, weights_dims(problem))
                           : std::nullopt;
    const auto src =
        order ? detail::desc_of(options.src) : detail::any_layout(src_dims(problem), options.type);
    const auto weights = order ? *order : detail::any_layout(weights_dims(problem), options.type);
    const auto dst = detail::any_layout(dst_dims(problem), options.type);
    const Layout bias_wanted = problem.bias ? detail::bias_layout(problem.out_channels) : Layout{};
    const auto bias = problem.bias ? detail::desc_of(bias_wanted) : detail::MemoryDesc();

    const auto forward = detail::forward_descriptor<ForwardPrimitive>(
        engine, detail::attributes(options.activation),
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
        options.src.empty() ? src : detail::desc_of(options.src), weights, bias, dst);
    impl->set_forward<ForwardPrimitive>(forward, bias_wanted);
    if (!training) return;

    if (options.backward_data)
      impl->set_backward_data<BackwardDataPrimitive>(
          detail::backward_descriptor<BackwardDataPrimitive>(engine, attr, forward, src, weights,
                                                             dst));
    const auto diff_weights =
        order ? *order : detail::any_layout(weights_dims(problem), DataType::f32);
    impl->set_backward_weights<BackwardWeightsPrimitive>(
        detail::backward_descriptor<BackwardWeightsPrimitive>(engine, attr, forward, src,
                                                              diff_weights, bias, dst),
        bias_wanted);
  });
  impl_ = std::move(impl);
}

const Convolution::Forward& Dense::forward_layouts() const { return impl_->forward_layouts; }
const Convolution::BackwardData& Dense::backward_data_layouts() const {
  return impl_->backward_data_layouts;
}
const Convolution::BackwardWeights& Dense::backward_weights_layouts() const {
  return impl_->backward_weights_layouts;
}
std::size_t Dense::scratch_bytes() const {
  return impl_->emulated ? impl_->emulated->scratch_bytes() : impl_->scratch_bytes();
}

Step Dense::forward(Memory src, Memory weights, Memory bias, Memory dst, Scratch scratch) const {
  if (impl_->emulated) return impl_->emulated->forward(src, weights, bias, dst, scratch);
  return impl_->bind_forward(src, weights, bias, dst, scratch);
}
Step Dense::backward_data(Memory diff_dst, Memory weights, Memory diff_src, Scratch scratch) const {
  if (impl_->emulated) return impl_->emulated->backward_data(diff_dst, weights, diff_src, scratch);
  return impl_->bind_backward_data(diff_dst, weights, diff_src, scratch);
}
Step Dense::backward_weights(Memory src, Memory diff_dst, Memory diff_weights, Memory diff_bias,
                             Scratch scratch) const {
  if (impl_->emulated)
    return impl_->emulated->backward_weights(src, diff_dst, diff_weights, diff_bias, scratch);
  return impl_->bind_backward_weights(src, diff_dst, diff_weights, diff_bias, scratch);
}

}  // namespace lamarck::kernels
