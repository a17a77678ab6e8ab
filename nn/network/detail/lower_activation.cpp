#include <memory>

#include "kernels/activation.hpp"
#include "kernels/combine.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {

Var activate(Builder& b, Var input, Activation activation) {
  if (activation == Activation::identity) return input;
  input = b.widened(input);
  const Value src = b.value(input);
  const auto kernel =
      std::make_shared<const kernels::ActivationKernel>(activation, src.layout, b.training());
  const Value dst = b.buffer(src.layout);
  Instruction forward{.reads = {src}, .writes = {dst}, .bind = [kernel](const Operands& o) {
                        return kernel->forward(o.reads[0], o.writes[0]);
                      }};
  if (kernel->in_place()) forward.overwrites = {0};
  b.emit(std::move(forward));

  const Var output = b.variable(dst, b.differentiable(input));
  if (!b.differentiable(input)) return output;
  b.on_backward([&b, kernel, input, output, saved = kernel->in_place() ? dst : src] {
    const Value diff_dst = b.gradient(output, kernel->layout());
    const Value diff_src = b.buffer(kernel->layout());
    b.emit({.reads = {saved, diff_dst},
            .writes = {diff_src},
            .overwrites = {1},
            .bind = [kernel](const Operands& o) {
              return kernel->backward(o.reads[0], o.reads[1], o.writes[0]);
            }});
    b.give(input, diff_src);
  });
  return output;
}

Value gradient_from_dst(Builder& b, Activation activation, const Value& dst, const Value& diff) {
  if (activation == Activation::identity) return diff;
  const Value passed = b.buffer(dst.layout);
  Instruction step{
      .reads = {dst, b.reordered(diff, dst.layout)}, .writes = {passed}, .overwrites = {1}};
  if (activation == Activation::relu) {
    step.bind = [](const Operands& o) {
      return kernels::relu_backward(o.reads[0], o.reads[1], o.writes[0]);
    };
  } else {
    const auto kernel =
        std::make_shared<const kernels::ActivationKernel>(activation, dst.layout, true);
    step.bind = [kernel](const Operands& o) {
      return kernel->backward(o.reads[0], o.reads[1], o.writes[0]);
    };
  }
  b.emit(std::move(step));
  return passed;
}

Var lower(Builder& b, const Site& site, const Activate& op) {
  return activate(b, site.inputs[0], op.act);
}

}  // namespace lamarck::nn::detail
