#include "nn/costs.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "nn/model.hpp"

namespace lamarck::nn {
namespace {

/// Sums of numbers that may each be near 2^62: the largest number stands for all beyond.
std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

using Indices = std::unordered_map<std::string_view, std::size_t>;
Indices indices(const Architecture& architecture) {
  Indices found;
  for (std::size_t i = 0; i < architecture.nodes.size(); ++i)
    found.emplace(architecture.nodes[i].id, i);
  return found;
}

std::int64_t macs(const Operation& op, const Shape& in, const Shape& out) {
  if (const auto* conv = std::get_if<Conv>(&op))
    return out.elements() *
           (1LL * in.channels / conv->groups * conv->kernel.height * conv->kernel.width);
  if (const auto* dense = std::get_if<Dense>(&op)) return 1LL * dense->out * in.elements();
  return 0;
}

int depth(const Architecture& architecture, const Indices& index) {
  std::vector<int> depths;
  for (const Node& node : architecture.nodes) {
    int deepest = 0;
    for (const std::string& input : node.inputs)
      if (input != kInput) deepest = std::max(deepest, depths[index.at(input)]);
    depths.push_back(deepest + (std::holds_alternative<Conv>(node.op) ||
                                std::holds_alternative<Dense>(node.op)));
  }
  return depths.back();
}

/// Tensor 0 is the network's input, tensor i + 1 the output of node i. Flatten and, in inference,
/// dropout make no tensor: they pass on their input's.
std::int64_t peak_activation_bytes(const Architecture& architecture, const Indices& index,
                                   const std::vector<Shape>& shapes) {
  const std::size_t count = architecture.nodes.size();
  std::vector<std::size_t> tensor(count);
  std::vector<std::size_t> last_use(count + 1, 0);
  const auto read_by = [&](const std::string& id) {
    return id == kInput ? 0 : tensor[index.at(id)];
  };
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = architecture.nodes[i];
    const bool view =
        std::holds_alternative<Flatten>(node.op) || std::holds_alternative<Dropout>(node.op);
    tensor[i] = view ? read_by(node.inputs[0]) : i + 1;
    for (const std::string& input : node.inputs) last_use[read_by(input)] = i;
    last_use[tensor[i]] = i;
  }
  std::vector<std::vector<std::size_t>> dying(count);
  for (std::size_t t = 0; t <= count; ++t)
    if (t == 0 || tensor[t - 1] == t) dying[last_use[t]].push_back(t);

  const auto bytes = [&](std::size_t t) {
    constexpr std::int64_t kFloat = 4;
    return kFloat * (t == 0 ? architecture.input : shapes[t - 1]).elements();
  };
  std::int64_t alive = bytes(0);
  std::int64_t peak = alive;
  for (std::size_t i = 0; i < count; ++i) {
    if (tensor[i] == i + 1) alive += bytes(i + 1);
    peak = std::max(peak, alive);
    for (const std::size_t t : dying[i]) alive -= bytes(t);
  }
  return peak;
}

}  // namespace

std::vector<NodeCosts> node_costs(const Architecture& architecture) {
  const auto shapes = infer_shapes(architecture);
  const Indices index = indices(architecture);
  std::vector<NodeCosts> costs(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Node& node = architecture.nodes[i];
    const std::string& from = node.inputs[0];
    costs[i].macs =
        macs(node.op, from == kInput ? architecture.input : shapes[index.at(from)], shapes[i]);
  }
  for (const ParameterSpec& spec : parameter_specs(architecture)) {
    if (!spec.learnt) continue;
    std::int64_t elements = 1;
    for (const int size : spec.shape) elements *= size;
    costs[index.at(spec.node)].params += elements;
  }
  return costs;
}

Costs costs(const Architecture& architecture) {
  Costs total;
  for (const NodeCosts& node : node_costs(architecture)) {
    total.macs = saturating_add(total.macs, node.macs);
    total.params += node.params;
  }
  const Indices index = indices(architecture);
  total.peak_activation_bytes =
      peak_activation_bytes(architecture, index, infer_shapes(architecture));
  total.depth = depth(architecture, index);
  return total;
}

}  // namespace lamarck::nn
