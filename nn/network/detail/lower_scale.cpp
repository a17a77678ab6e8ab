// src times a gate per channel: learnt, or another node's {n,c,1,1}.
#include <memory>
#include <optional>

#include "kernels/combine.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {

Var lower(Builder& b, const Site& site, const Scale&) {
  const Var input = site.inputs[0];
  const std::optional<Var> gate_node =
      site.inputs.size() == 2 ? std::optional{site.inputs[1]} : std::nullopt;
  const Value src = b.value(input);
  const auto kernel =
      std::make_shared<const kernels::ChannelScale>(src.layout, gate_node.has_value());
  const Layout& gate_layout = kernel->gate_layout();

  Learnt gate;
  if (gate_node)
    gate.value = b.reordered(b.value(*gate_node), gate_layout);
  else
    gate = b.parameter("gate", gate_layout, false);
  const Value dst = b.buffer(src.layout);
  b.emit({.reads = {src, gate.value},
          .writes = {dst},
          .overwrites = {0},
          .bind = [kernel](const Operands& o) {
            return kernel->forward(o.reads[0], o.reads[1], o.writes[0]);
          }});

  const bool gate_differentiable = gate_node ? b.differentiable(*gate_node) : b.learns();
  const Var output = b.variable(dst, b.differentiable(input) || gate_differentiable);
  if (!b.differentiable(output)) return output;
  b.on_backward([=, &b] {
    const Value diff_dst = b.gradient(output, src.layout);
    const Value diff_src = b.buffer(src.layout);
    const Value diff_gate = gate_node ? b.buffer(gate_layout) : gate.gradient;
    b.emit({.reads = {src, gate.value, diff_dst},
            .writes = {diff_src, diff_gate},
            .bind = [kernel](const Operands& o) {
              return kernel->backward(o.reads[0], o.reads[1], o.reads[2], o.writes[0], o.writes[1]);
            }});
    b.give(input, diff_src);
    if (gate_node) b.give(*gate_node, diff_gate);
  });
  return output;
}

}  // namespace lamarck::nn::detail
