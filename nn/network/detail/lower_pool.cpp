#include <memory>

#include "kernels/pooling.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {
namespace {

using kernels::Pooling;
using kernels::PoolKind;

Var pool(Builder& b, Var input, PoolKind kind, Extent kernel, Extent stride, Padding pad) {
  const Sizes in = sizes(b.value(input).layout);
  const kernels::PoolProblem problem{.kind = kind,
                                     .batch = in.batch,
                                     .channels = in.channels,
                                     .in_height = in.height,
                                     .in_width = in.width,
                                     .kernel_height = kernel.height,
                                     .kernel_width = kernel.width,
                                     .stride_height = stride.height,
                                     .stride_width = stride.width,
                                     .pad_top = pad.top,
                                     .pad_left = pad.left,
                                     .pad_bottom = pad.bottom,
                                     .pad_right = pad.right};
  if (!Pooling::takes(problem, b.value(input).layout)) input = b.widened(input);
  const bool wants_gradient = b.training() && b.differentiable(input);
  const auto pooling =
      std::make_shared<const Pooling>(problem, b.value(input).layout, wants_gradient);
  const Value dst = b.buffer(pooling->dst_layout());
  const Layout workspace_layout = pooling->workspace_layout();
  const Value workspace = workspace_layout.empty() ? Value{} : b.buffer(workspace_layout);
  b.emit({.reads = {b.reordered(b.value(input), pooling->src_layout())},
          .writes = {dst, workspace},
          .scratch_bytes = pooling->scratch_bytes(),
          .bind = [pooling](const Operands& o) {
            return pooling->forward(o.reads[0], o.writes[0], o.writes[1], o.scratch);
          }});
  const Var output = b.variable(dst, b.differentiable(input));
  if (!wants_gradient) return output;
  b.on_backward([&b, pooling, input, output, workspace] {
    const Value diff_dst = b.gradient(output, pooling->dst_layout());
    const Value diff_src = b.buffer(pooling->src_layout());
    b.emit({.reads = {diff_dst, workspace},
            .writes = {diff_src},
            .scratch_bytes = pooling->scratch_bytes(),
            .bind = [pooling](const Operands& o) {
              return pooling->backward(o.reads[0], o.reads[1], o.writes[0], o.scratch);
            }});
    b.give(input, diff_src);
  });
  return output;
}

}  // namespace

Var lower(Builder& b, const Site& site, const MaxPool& op) {
  return pool(b, site.inputs[0], PoolKind::max, op.kernel, op.stride.value_or(op.kernel), op.pad);
}

Var lower(Builder& b, const Site& site, const AvgPool& op) {
  return pool(b, site.inputs[0], PoolKind::average, op.kernel, op.stride.value_or(op.kernel),
              op.pad);
}

Var lower(Builder& b, const Site& site, const GlobalAvgPool&) {
  const Sizes in = sizes(b.value(site.inputs[0]).layout);
  const Extent whole{in.height, in.width};
  return pool(b, site.inputs[0], PoolKind::average, whole, whole, {});
}

}  // namespace lamarck::nn::detail
