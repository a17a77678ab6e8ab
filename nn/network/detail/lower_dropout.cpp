#include "nn/network/detail/dropout.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {
namespace {

Instruction masked(Builder& b, const Value& src, const Value& dst, float rate) {
  return {.reads = {src},
          .writes = {dst},
          .overwrites = {0},
          .bind = [rate, seed = b.options().seed, node = b.node(),
                   &state = b.state()](const Operands& o) {
            return dropout(o.reads[0], o.writes[0], rate, seed, node, state);
          }};
}

}  // namespace

Var lower(Builder& b, const Site& site, const Dropout& op) {
  const Var input = site.inputs[0];
  if (!b.training() || op.rate == 0.0F) return input;
  const Value src = b.value(input);
  const Value dst = b.buffer(src.layout);
  b.emit(masked(b, src, dst, op.rate));
  const Var output = b.variable(dst, b.differentiable(input));
  if (!b.differentiable(input)) return output;
  b.on_backward([&b, input, output, rate = op.rate, layout = src.layout] {
    const Value diff_src = b.buffer(layout);
    b.emit(masked(b, b.gradient(output, layout), diff_src, rate));
    b.give(input, diff_src);
  });
  return output;
}

}  // namespace lamarck::nn::detail
