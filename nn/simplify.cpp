#include <algorithm>
#include <map>
#include <set>

#include "nn/detail/simplify.hpp"

namespace lamarck::nn::detail {
namespace {

template <class Pool>
bool does_nothing(const Pool& pool) {
  return pool.kernel == Extent{} && pool.stride.value_or(pool.kernel) == Extent{} &&
         pool.pad == Padding{};
}

/// Whether the output is the input, weights and training included.
bool does_nothing(const Operation& op, const Shape& in) {
  const bool vector = in.height == 1 && in.width == 1;
  if (const auto* activate = std::get_if<Activate>(&op))
    return activate->act == Activation::identity;
  if (const auto* dropout = std::get_if<Dropout>(&op)) return dropout->rate == 0;
  if (const auto* pool = std::get_if<MaxPool>(&op)) return does_nothing(*pool);
  if (const auto* pool = std::get_if<AvgPool>(&op)) return does_nothing(*pool);
  return vector &&
         (std::holds_alternative<Flatten>(op) || std::holds_alternative<GlobalAvgPool>(op));
}

/// Every default made explicit, every option without effect put at its default.
Operation explicit_options(Operation op, std::size_t inputs) {
  if (auto* conv = std::get_if<Conv>(&op)) {
    conv->pad = padding(*conv);
    conv->bias = has_bias(*conv);
    if (conv->kernel.height == 1) conv->dilation.height = 1;
    if (conv->kernel.width == 1) conv->dilation.width = 1;
  } else if (auto* dense = std::get_if<Dense>(&op)) {
    dense->bias = has_bias(*dense);
  } else if (auto* max_pool = std::get_if<MaxPool>(&op)) {
    max_pool->stride = max_pool->stride.value_or(max_pool->kernel);
  } else if (auto* avg_pool = std::get_if<AvgPool>(&op)) {
    avg_pool->stride = avg_pool->stride.value_or(avg_pool->kernel);
  } else if (auto* scale = std::get_if<Scale>(&op); scale && inputs == 2) {
    scale->init = Scale{}.init;  // nothing is learnt: the second input is the gate
  }
  return op;
}

/// What leads to the last node; the rest goes.
std::vector<Node> needed(std::vector<Node> nodes) {
  std::set<std::string_view> read{nodes.back().id};
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    if (read.contains(node->id)) read.insert(node->inputs.begin(), node->inputs.end());
  std::vector<Node> kept;
  for (const Node& node : nodes)
    if (read.contains(node.id)) kept.push_back(node);
  return kept;
}

}  // namespace

Architecture simplified(const Architecture& architecture) {
  const auto shapes = shapes_by_id(architecture);
  std::map<std::string_view, std::string> stands_for;  // a node that is gone -> whose output it was
  std::map<std::string_view, std::string> flattens;    // a flatten -> what it reads
  const auto resolved = [](const auto& map, const std::string& id) {
    const auto found = map.find(id);
    return found == map.end() ? id : found->second;
  };

  Architecture result{.input = architecture.input, .nodes = {}, .genes = architecture.genes};
  for (const Node& original : architecture.nodes) {
    Node node = original;
    for (std::string& input : node.inputs) input = resolved(stands_for, input);
    if (does_nothing(node.op, shapes.find(original.inputs[0])->second)) {
      stands_for.emplace(original.id, node.inputs[0]);
      continue;
    }
    if (std::holds_alternative<Flatten>(node.op)) flattens.emplace(original.id, node.inputs[0]);
    if (std::holds_alternative<Dense>(node.op))  // flattens what it reads itself
      node.inputs[0] = resolved(flattens, node.inputs[0]);
    node.op = explicit_options(std::move(node.op), node.inputs.size());
    result.nodes.push_back(std::move(node));
  }
  const std::string& output = resolved(stands_for, architecture.output());
  if (output == kInput) {  // nothing is left: the smallest network that passes its input on
    result.nodes = {{.id = "n1", .op = Activate{.act = Activation::identity}, .inputs = {output}}};
    return result;
  }
  std::erase_if(result.nodes, [&, after = false](const Node& node) mutable {
    const bool goes = after;
    after = after || node.id == output;
    return goes;
  });
  result.nodes = needed(std::move(result.nodes));
  return result;
}

}  // namespace lamarck::nn::detail
