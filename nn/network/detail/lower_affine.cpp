// Convolution and dense: x (*) weights + bias, then normalisation and activation.
#include <memory>

#include "kernels/convolution.hpp"
#include "kernels/dense.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {
namespace {

/// A dense kernel's {n, o} as the {n, o, 1, 1} of variables.
Value as_image(Builder& b, const Value& dst) {
  const kernels::Dims& dims = dst.layout.dims();
  if (dims.size() == 4) return dst;
  return viewed(b.reordered(dst, Layout::plain(dims)), {dims[0], dims[1], 1, 1});
}

/// The other way: a gradient in the layout, and with the dimensions, that a kernel wants.
Value as_wanted(Builder& b, const Value& diff, const Layout& wanted) {
  if (wanted.dims().size() == 4) return b.reordered(diff, wanted);
  const Value plain = b.reordered(diff, Layout::plain(diff.layout.dims()));
  return b.reordered(viewed(plain, wanted.dims()), wanted);
}

template <class Kernel>
struct Affine {
  std::shared_ptr<const Kernel> kernel;
  Var input = 0;
  Learnt weights, bias;
};

template <class Kernel>
void emit_backward_weights(Builder& b, const Affine<Kernel>& a, const Value& diff) {
  const auto& layouts = a.kernel->backward_weights_layouts();
  const Value src = b.reordered(b.value(a.input), layouts.src);
  const Value diff_dst = as_wanted(b, diff, layouts.diff_dst);
  // The gradient lies as the weights do; a kernel that wants to write otherwise is reordered.
  const bool direct = layouts.diff_weights == a.weights.gradient.layout;
  const Value diff_weights = direct ? a.weights.gradient : b.buffer(layouts.diff_weights);
  b.emit({.reads = {src, diff_dst},
          .writes = {diff_weights, a.bias.gradient},
          .scratch_bytes = a.kernel->scratch_bytes(),
          .bind = [kernel = a.kernel](const Operands& o) {
            return kernel->backward_weights(o.reads[0], o.reads[1], o.writes[0], o.writes[1],
                                            o.scratch);
          }});
  if (!direct) b.copy(diff_weights, a.weights.gradient);
}

/// What another reader of the input has given, where the kernel can add it to its own; else empty.
Value addend(Builder& b, const kernels::Convolution& kernel, Var input) {
  if (!kernel.adds()) return {};
  return b.take_share(input, kernel.backward_data_layouts().diff_src).value_or(Value{});
}
Value addend(Builder&, const kernels::Dense&, Var) { return {}; }

kernels::Step bind_backward_data(const kernels::Convolution& kernel, const Operands& o) {
  const Memory& other = o.reads[2];
  return other.data == nullptr
             ? kernel.backward_data(o.reads[0], o.reads[1], o.writes[0], o.scratch)
             : kernel.backward_data_add(o.reads[0], o.reads[1], other, o.writes[0], o.scratch);
}
kernels::Step bind_backward_data(const kernels::Dense& kernel, const Operands& o) {
  return kernel.backward_data(o.reads[0], o.reads[1], o.writes[0], o.scratch);
}

template <class Kernel>
void emit_backward_data(Builder& b, const Affine<Kernel>& a, const Value& diff) {
  const auto& layouts = a.kernel->backward_data_layouts();
  const Value diff_dst = as_wanted(b, diff, layouts.diff_dst);
  const Value weights = b.reordered(a.weights.value, layouts.weights);
  const Value diff_src = b.buffer(layouts.diff_src);
  b.emit(
      {.reads = {diff_dst, weights, addend(b, *a.kernel, a.input)},
       .writes = {diff_src},
       .overwrites = {2},
       .scratch_bytes = a.kernel->scratch_bytes(),
       .bind = [kernel = a.kernel](const Operands& o) { return bind_backward_data(*kernel, o); }});
  b.give(a.input, diff_src);
}

/// The kernel's forward and backward, of the activation that is fused into it too.
template <class Kernel>
Var affine(Builder& b, Var input, std::shared_ptr<const Kernel> kernel, Activation fused) {
  const auto& layouts = kernel->forward_layouts();
  Affine<Kernel> a{kernel, input, b.parameter("weight", layouts.weights, true), {}};
  if (kernel->problem().bias) a.bias = b.parameter("bias", layouts.bias, false);
  const Value dst = b.buffer(layouts.dst);
  b.emit({.reads = {b.reordered(b.value(input), layouts.src), a.weights.value, a.bias.value},
          .writes = {dst},
          .scratch_bytes = kernel->scratch_bytes(),
          .bind = [kernel](const Operands& o) {
            return kernel->forward(o.reads[0], o.reads[1], o.reads[2], o.writes[0], o.scratch);
          }});
  const bool learns = b.learns();
  const Var output = b.variable(as_image(b, dst), learns || b.differentiable(input));
  if (!b.differentiable(output)) return output;
  b.on_backward([&b, a, output, fused, learns] {
    const Value diff = gradient_from_dst(b, fused, b.value(output), b.gradient(output));
    if (learns) emit_backward_weights(b, a, diff);
    if (b.differentiable(a.input)) emit_backward_data(b, a, diff);
  });
  return output;
}

bool by_winograd(const kernels::Convolution& kernel) { return kernel.by_winograd(); }
bool by_winograd(const kernels::Dense&) { return false; }

/// Whether the activation can run inside the kernel. In training its backward pass reads the
/// result, which must tell the derivative: rounded to bf16 that of a ReLU alone does.
bool fuses(const Builder& b, Activation activation) {
  if (!b.training() || activation == Activation::relu) return true;
  return b.options().precision == kernels::DataType::f32 &&
         kernels::derivative_from_dst(activation);
}

/// Kernel, then normalisation and activation. Without a normalisation between them the activation
/// runs inside the kernel where that is possible, but for where Winograd's method, which knows a
/// ReLU alone, saves more than a pass of its own costs.
template <class Kernel, class Problem, class Op>
Var affine_node(Builder& b, const Site& site, const Problem& problem, const Op& op,
                const Layout& settled) {
  const Var input = site.inputs[0];
  Activation fused = op.norm == Norm::none && fuses(b, op.act) ? op.act : Activation::identity;
  typename Kernel::Options options{
      .pass = b.options().pass,
      .activation = fused,
      .backward_data = b.differentiable(input),
      .src = settled.empty() ? settled : settled.as(b.options().precision),
      .type = b.options().precision};
  options.winograd = b.options().winograd;
  options.block = b.channel_block();
  auto kernel = std::make_shared<const Kernel>(problem, options);
  if (fused != Activation::identity && fused != Activation::relu &&
      options.type == kernels::DataType::f32) {
    options.activation = Activation::identity;
    if (auto apart = std::make_shared<const Kernel>(problem, options); by_winograd(*apart)) {
      kernel = std::move(apart);
      fused = Activation::identity;
    }
  }
  const Var linear = affine<Kernel>(b, input, kernel, fused);
  if (op.norm == Norm::batch) return normalise(b, linear, op.act, site.addition);
  return fused == op.act ? linear : activate(b, linear, op.act);
}

}  // namespace

Var lower(Builder& b, const Site& site, const Conv& op) {
  const Sizes in = sizes(b.value(site.inputs[0]).layout);
  const Padding pad = padding(op);
  const kernels::ConvProblem problem{.batch = in.batch,
                                     .in_channels = in.channels,
                                     .in_height = in.height,
                                     .in_width = in.width,
                                     .out_channels = op.out,
                                     .kernel_height = op.kernel.height,
                                     .kernel_width = op.kernel.width,
                                     .stride_height = op.stride.height,
                                     .stride_width = op.stride.width,
                                     .pad_top = pad.top,
                                     .pad_left = pad.left,
                                     .pad_bottom = pad.bottom,
                                     .pad_right = pad.right,
                                     .dilation_height = op.dilation.height,
                                     .dilation_width = op.dilation.width,
                                     .groups = op.groups,
                                     .bias = has_bias(op)};
  return affine_node<kernels::Convolution>(b, site, problem, op, {});
}

Var lower(Builder& b, const Site& site, const Dense& op) {
  const Layout& layout = b.value(site.inputs[0]).layout;
  const Sizes in = sizes(layout);
  const kernels::DenseProblem problem{.batch = in.batch,
                                      .in_channels = in.channels,
                                      .in_height = in.height,
                                      .in_width = in.width,
                                      .out_channels = op.out,
                                      .bias = has_bias(op)};
  return affine_node<kernels::Dense>(b, site, problem, op, layout);
}

}  // namespace lamarck::nn::detail
