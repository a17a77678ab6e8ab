#include <memory>

#include "kernels/batch_norm.hpp"
#include "nn/network/detail/lower.hpp"
#include "nn/network/detail/statistics.hpp"

namespace lamarck::nn::detail {
namespace {

Var normalise_with_running(Builder& b, const NormOperands& norm) {
  const Value src = b.value(norm.input);
  const Value dst = b.buffer(src.layout);
  b.emit({.reads = {src, norm.scale_shift.value, norm.running_mean, norm.running_variance},
          .writes = {dst},
          .overwrites = {0},
          .scratch_bytes = norm.kernel->scratch_bytes(),
          .bind = [kernel = norm.kernel](const Operands& o) {
            return kernel->forward(o.reads[0], o.reads[1], o.reads[2], o.reads[3], o.writes[0], {},
                                   o.scratch);
          }});
  return b.variable(dst, true);
}

void emit_update(Builder& b, const NormOperands& norm, const Value& mean, const Value& variance) {
  const Sizes in = sizes(norm.kernel->layout());
  const double count = 1.0 * in.batch * in.height * in.width;
  b.emit({.reads = {mean, variance},
          .writes = {norm.running_mean, norm.running_variance},
          .bind = [count, &state = b.state()](const Operands& o) {
            return update_statistics({.mean = o.reads[0],
                                      .variance = o.reads[1],
                                      .running_mean = o.writes[0],
                                      .running_variance = o.writes[1]},
                                     count, state);
          }});
}

/// What forward leaves for backward.
struct Remembered {
  Value src, mean, variance, workspace;
};

/// The gradient of the normalisation's input.
Value emit_backward(Builder& b, const NormOperands& norm, const Remembered& forward,
                    const Value& diff_dst) {
  const Value diff_src = b.buffer(norm.kernel->layout());
  b.emit({.reads = {forward.src, diff_dst, norm.scale_shift.value, forward.mean, forward.variance,
                    forward.workspace},
          .writes = {diff_src, norm.scale_shift.gradient},
          .scratch_bytes = norm.kernel->scratch_bytes(),
          .bind = [kernel = norm.kernel](const Operands& o) {
            return kernel->backward(o.reads[0], o.reads[1], o.reads[2], o.reads[3], o.reads[4],
                                    o.reads[5], o.writes[0], o.writes[1], o.scratch);
          }});
  return diff_src;
}

Var normalise_with_batch(Builder& b, const NormOperands& norm) {
  const Value src = b.value(norm.input);
  const Value dst = b.buffer(src.layout);
  const Layout statistics = norm.kernel->statistics_layout();
  const Value mean = b.buffer(statistics);
  const Value variance = b.buffer(statistics);
  const Layout workspace_layout = norm.kernel->workspace_layout();
  const Value workspace = workspace_layout.empty() ? Value{} : b.buffer(workspace_layout);
  b.emit({.reads = {src, norm.scale_shift.value},
          .writes = {dst, mean, variance, workspace},
          .scratch_bytes = norm.kernel->scratch_bytes(),
          .bind = [kernel = norm.kernel](const Operands& o) {
            return kernel->forward(o.reads[0], o.reads[1], o.writes[1], o.writes[2], o.writes[0],
                                   o.writes[3], o.scratch);
          }});
  emit_update(b, norm, mean, variance);

  const Var output = b.variable(dst, norm.learns || b.differentiable(norm.input));
  if (!b.differentiable(output)) return output;
  b.on_backward([=, &b] {
    const Value diff_dst = b.gradient(output, norm.kernel->layout());
    b.give(norm.input, emit_backward(b, norm, {src, mean, variance, workspace}, diff_dst));
  });
  return output;
}

/// relu?(normalised input + other) in the passes of the normalisation alone.
Var normalise_and_add(Builder& b, const NormOperands& norm, Var other) {
  const Layout& layout = norm.kernel->layout();
  const Value src = b.value(norm.input);
  const Value addend = b.reordered(b.value(other), layout);
  const Value dst = b.buffer(layout);
  const Value mean = b.buffer(norm.kernel->statistics_layout());
  const Value variance = b.buffer(norm.kernel->statistics_layout());
  b.emit({.reads = {src, addend, norm.scale_shift.value},
          .writes = {dst, mean, variance},
          .overwrites = {1},
          .bind = [kernel = norm.kernel](const Operands& o) {
            return kernel->forward_add(o.reads[0], o.reads[1], o.reads[2], o.writes[1], o.writes[2],
                                       o.writes[0]);
          }});
  emit_update(b, norm, mean, variance);

  const Var output =
      b.variable(dst, norm.learns || b.differentiable(norm.input) || b.differentiable(other));
  if (!b.differentiable(output)) return output;
  b.on_backward([=, &b] {
    const Value diff_dst = b.gradient(output, norm.kernel->layout());
    if (!norm.kernel->fused_relu()) {
      b.give(norm.input, emit_backward(b, norm, {src, mean, variance, {}}, diff_dst));
      b.give(other, diff_dst);
      return;
    }
    const Value diff_src = b.buffer(norm.kernel->layout());
    const Value diff_other = b.buffer(norm.kernel->layout());
    b.emit({.reads = {src, dst, diff_dst, norm.scale_shift.value, mean, variance},
            .writes = {diff_other, diff_src, norm.scale_shift.gradient},
            .overwrites = {2},
            .bind = [kernel = norm.kernel](const Operands& o) {
              return kernel->backward_add({.src = o.reads[0],
                                           .dst = o.reads[1],
                                           .diff_dst = o.reads[2],
                                           .scale_shift = o.reads[3],
                                           .mean = o.reads[4],
                                           .variance = o.reads[5],
                                           .diff_src = o.writes[1],
                                           .diff_other = o.writes[0],
                                           .diff_scale_shift = o.writes[2]});
            }});
    b.give(norm.input, diff_src);
    b.give(other, diff_other);
  });
  return output;
}

}  // namespace

Var normalise(Builder& b, Var input, Activation activation, const Add* addition) {
  if (!kernels::BatchNorm::takes(b.value(input).layout)) input = b.widened(input);
  const bool left = addition && activation == Activation::identity && b.training() &&
                    kernels::BatchNorm::adds(b.value(input).layout);
  const bool relu = (left ? addition->act : activation) == Activation::relu;
  const auto kernel = std::make_shared<const kernels::BatchNorm>(
      b.value(input).layout,
      kernels::BatchNorm::Options{
          .training = b.training(), .fused_relu = relu, .epsilon = b.options().norm_epsilon});
  NormOperands norm{input,
                    kernel,
                    b.parameter("norm", kernel->scale_shift_layout(), false, {"scale", "shift"}),
                    b.statistic("norm.mean", kernel->statistics_layout()),
                    b.statistic("norm.variance", kernel->statistics_layout()),
                    b.learns()};
  if (left) return b.leave_norm(std::move(norm));
  const Var output = b.training() ? normalise_with_batch(b, norm) : normalise_with_running(b, norm);
  return activate(b, output, relu ? Activation::identity : activation);
}

std::optional<Var> normalise_and_add(Builder& b, Var left, Var right) {
  if (const auto norm = b.take_norm(left)) return normalise_and_add(b, *norm, right);
  if (const auto norm = b.take_norm(right)) return normalise_and_add(b, *norm, left);
  return std::nullopt;
}

Var lower(Builder& b, const Site& site, const BatchNorm& op) {
  return normalise(b, site.inputs[0], op.act, site.addition);
}

}  // namespace lamarck::nn::detail
