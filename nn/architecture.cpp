#include "nn/architecture.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace lamarck::nn {
namespace {

// In the order of the variant.
constexpr std::array<std::string_view, std::variant_size_v<Operation>> kNames{
    "conv",  "dense",      "max_pool",   "avg_pool", "global_avg_pool", "add",    "concat",
    "scale", "activation", "batch_norm", "dropout",  "flatten",         "softmax"};
static_assert(!kNames.back().empty());

}  // namespace

std::string_view name(const Operation& operation) {
  return operation.valueless_by_exception() ? "nothing" : kNames.at(operation.index());
}

std::size_t Architecture::index(std::string_view id) const {
  const auto found = std::ranges::find(nodes, id, &Node::id);
  return static_cast<std::size_t>(found - nodes.begin());
}

const Node& Architecture::node(std::string_view id) const {
  const std::size_t i = index(id);
  if (i == nodes.size())
    throw std::invalid_argument("architecture: no node has the id " + std::string{id});
  return nodes[i];
}

Node& Architecture::node(std::string_view id) {
  return const_cast<Node&>(std::as_const(*this).node(id));
}

std::vector<std::string> Architecture::consumers(std::string_view id) const {
  std::vector<std::string> found;
  for (const Node& reader : nodes)
    if (std::ranges::find(reader.inputs, id) != reader.inputs.end()) found.push_back(reader.id);
  return found;
}

std::string Architecture::fresh_id(std::string_view stem) const {
  const auto taken = [&](std::string_view id) { return id == kInput || contains(id); };
  std::string id{stem};
  for (std::size_t i = 2; taken(id); ++i) id = std::string{stem} + std::to_string(i);
  return id;
}

Padding padding(const Conv& conv) {
  if (conv.pad) return *conv.pad;
  const int rows = conv.dilation.height * (conv.kernel.height - 1);
  const int columns = conv.dilation.width * (conv.kernel.width - 1);
  return {.top = rows / 2,
          .left = columns / 2,
          .bottom = rows - rows / 2,
          .right = columns - columns / 2};
}

bool has_bias(const Conv& conv) { return conv.bias.value_or(conv.norm == Norm::none); }
bool has_bias(const Dense& dense) { return dense.bias.value_or(dense.norm == Norm::none); }

}  // namespace lamarck::nn
