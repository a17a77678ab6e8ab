#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>

#include "nn/model.hpp"

namespace lamarck::nn {
namespace {

/// Of the operation that a weight {o, i, h, w} belongs to, groups taken into account: how many
/// numbers each output sums over, and how many outputs each input number reaches (per position).
struct Fans {
  double in, out;
};
Fans fans(const std::vector<int>& shape, int groups) {
  const double window = 1.0 * shape[2] * shape[3];
  return {shape[1] * window, 1.0 * shape[0] / groups * window};
}

void fill(Tensor& tensor, Fans fans, Initializer kind, Random random) {
  const bool he = kind == Initializer::he_normal || kind == Initializer::he_uniform;
  const double variance = he ? 2 / fans.in : 2 / (fans.in + fans.out);
  const double deviation = std::sqrt(variance);
  const double limit = std::sqrt(3 * variance);  // a uniform number in [-l, l) has variance l^2 / 3
  const bool uniform = kind == Initializer::he_uniform || kind == Initializer::xavier_uniform;
  for (float& x : tensor.data)
    x = static_cast<float>(uniform ? random.uniform(-limit, limit) : deviation * random.normal());
}

/// Finds the normalisations that zero_gamma silences.
class ResidualEnds {
 public:
  explicit ResidualEnds(const Architecture& architecture) : architecture_{architecture} {
    for (std::size_t i = 0; i < architecture.nodes.size(); ++i)
      indices_.emplace(architecture.nodes[i].id, i);
    for (const Node& node : architecture.nodes) depths_.push_back(depth_of(node));
  }

  /// Ids of nodes. Of an addition's branches the shallowest is the skip, which must go on carrying
  /// the signal; each deeper branch that ends in a normalisation and leads nowhere else is
  /// silenced.
  [[nodiscard]] std::set<std::string_view> find() const {
    std::set<std::string_view> found;
    for (std::size_t i = 0; i < architecture_.nodes.size(); ++i) {
      const Node& add = architecture_.nodes[i];
      if (!std::holds_alternative<Add>(add.op)) continue;
      int skip = depth(add.inputs[0]);
      for (const std::string& input : add.inputs) skip = std::min(skip, depth(input));
      for (const std::string& input : add.inputs)
        if (depth(input) > skip)
          if (const Node* end = last_norm(input); end && only_through(indices_.at(end->id), i))
            found.insert(end->id);
    }
    return found;
  }

 private:
  [[nodiscard]] int depth(const std::string& id) const {
    return id == kInput ? 0 : depths_[indices_.at(id)];
  }
  [[nodiscard]] int depth_of(const Node& node) const {
    int deepest = 0;
    for (const std::string& input : node.inputs) deepest = std::max(deepest, depth(input));
    return deepest +
           (std::holds_alternative<Conv>(node.op) || std::holds_alternative<Dense>(node.op));
  }
  /// The node whose normalisation a branch ends in: nothing behind it but what maps 0 to 0.
  [[nodiscard]] const Node* last_norm(std::string_view id) const {
    while (id != kInput) {
      const Node& node = architecture_.nodes[indices_.at(id)];
      if (const auto* conv = std::get_if<Conv>(&node.op))
        return conv->norm == Norm::batch && conv->act == Activation::identity ? &node : nullptr;
      if (const auto* dense = std::get_if<Dense>(&node.op))
        return dense->norm == Norm::batch && dense->act == Activation::identity ? &node : nullptr;
      if (const auto* norm = std::get_if<BatchNorm>(&node.op))
        return norm->act == Activation::identity ? &node : nullptr;
      if (!std::holds_alternative<Dropout>(node.op) && !std::holds_alternative<Scale>(node.op))
        return nullptr;
      id = node.inputs[0];
    }
    return nullptr;
  }
  /// Whether every way from one node to the output leads through `gate`.
  [[nodiscard]] bool only_through(std::size_t from, std::size_t gate) const {
    std::vector<bool> reached(architecture_.nodes.size());
    reached[from] = true;
    for (std::size_t i = from + 1; i < reached.size(); ++i)
      for (const std::string& input : architecture_.nodes[i].inputs)
        if (i != gate && input != kInput && reached[indices_.at(input)]) reached[i] = true;
    return !reached.back();
  }

  const Architecture& architecture_;
  std::unordered_map<std::string_view, std::size_t> indices_;
  std::vector<int> depths_;
};

}  // namespace

Weights initialise(const Architecture& architecture, const InitOptions& options,
                   std::uint64_t seed) {
  const auto specs = parameter_specs(architecture);  // validates
  std::set<std::string_view> silent;
  if (options.zero_gamma) silent = ResidualEnds{architecture}.find();
  std::unordered_map<std::string_view, const Node*> nodes;
  for (const Node& node : architecture.nodes) nodes.emplace(node.id, &node);

  Weights weights;
  for (const ParameterSpec& spec : specs) {
    Tensor tensor{spec.shape};
    const Operation& op = nodes.at(spec.node)->op;
    const auto is = [&](std::string_view suffix) { return spec.name.ends_with(suffix); };
    if (is(".weight")) {
      const auto* conv = std::get_if<Conv>(&op);
      fill(tensor, fans(spec.shape, conv ? conv->groups : 1), options.kind,
           Random{seed, spec.name});
    } else if (is(".norm.scale")) {
      if (!silent.contains(spec.node)) tensor = Tensor{spec.shape, 1};
    } else if (is(".norm.variance")) {
      tensor = Tensor{spec.shape, 1};
    } else if (is(".gate")) {
      tensor = Tensor{spec.shape, std::get<Scale>(op).init};
    }
    weights.emplace(spec.name, std::move(tensor));
  }
  return weights;
}

}  // namespace lamarck::nn
