// Operations that join variables: add and concat.
#include <algorithm>
#include <memory>
#include <optional>

#include "kernels/combine.hpp"
#include "nn/network/detail/lower.hpp"
#include "nn/network/detail/sum.hpp"

namespace lamarck::nn::detail {
namespace {

/// The layout that most inputs have already, so that the fewest are reordered.
Layout common_layout(const Builder& b, const std::vector<Var>& inputs) {
  const auto votes = [&](Var candidate) {
    return std::count_if(inputs.begin(), inputs.end(), [&](Var other) {
      return b.value(other).layout == b.value(candidate).layout;
    });
  };
  const auto most = std::max_element(inputs.begin(), inputs.end(),
                                     [&](Var x, Var y) { return votes(x) < votes(y); });
  return b.value(*most).layout;
}

bool any_differentiable(const Builder& b, const std::vector<Var>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [&](Var v) { return b.differentiable(v); });
}

/// sum of inputs, or relu(sum) in one pass. Each input's gradient is the sum's own: no copies.
Var add(Builder& b, const std::vector<Var>& inputs, bool relu) {
  const Layout layout = common_layout(b, inputs);
  std::vector<Value> terms;
  for (const Var input : inputs) terms.push_back(b.reordered(b.value(input), layout));
  const Value dst = b.buffer(layout);
  b.emit(sum_instruction(std::move(terms), dst, relu));

  const Var output = b.variable(dst, any_differentiable(b, inputs));
  if (!b.differentiable(output)) return output;
  b.on_backward([&b, inputs, relu, dst, output] {
    const Value total = b.gradient(output);
    const Value diff = relu ? gradient_from_dst(b, Activation::relu, dst, total) : total;
    for (const Var input : inputs) b.give(input, diff);
  });
  return output;
}

}  // namespace

Var lower(Builder& b, const Site& site, const Add& op) {
  const bool relu = op.act == Activation::relu;
  std::optional<Var> sum;
  if (site.inputs.size() == 2) sum = normalise_and_add(b, site.inputs[0], site.inputs[1]);
  if (!sum) sum = add(b, site.inputs, relu);
  return activate(b, *sum, relu ? Activation::identity : op.act);
}

Var lower(Builder& b, const Site& site, const Concat&) {
  const std::vector<Var>& inputs = site.inputs;
  std::vector<Layout> layouts;
  Instruction forward;
  for (const Var input : inputs) {
    layouts.push_back(b.value(input).layout);
    forward.reads.push_back(b.value(input));
  }
  const auto kernel = std::make_shared<const kernels::Concat>(layouts);
  const Value dst = b.buffer(kernel->layout());
  forward.writes = {dst};
  forward.scratch_bytes = kernel->scratch_bytes();
  forward.bind = [kernel](const Operands& o) {
    return kernel->forward(o.reads, o.writes[0], o.scratch);
  };
  b.emit(std::move(forward));

  const Var output = b.variable(dst, any_differentiable(b, inputs));
  if (!b.differentiable(output)) return output;
  b.on_backward([&b, kernel, inputs, output] {
    const Value diff_dst = b.gradient(output, kernel->layout());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!b.differentiable(inputs[i])) continue;
      const Value diff_src = b.buffer(b.value(inputs[i]).layout);
      b.emit({.reads = {diff_dst},
              .writes = {diff_src},
              .scratch_bytes = kernel->scratch_bytes(),
              .bind = [kernel, i](const Operands& o) {
                return kernel->backward(i, o.reads[0], o.writes[0], o.scratch);
              }});
      b.give(inputs[i], diff_src);
    }
  });
  return output;
}

}  // namespace lamarck::nn::detail
