// The order of nodes is found by colour refinement (B. Weisfeiler and A. Leman, 1968): a node's
// colour is a hash of its operation, of the colours of what it reads and of what reads it, until no
// further nodes can be told apart. Where some still look alike, one of them is marked and
// refinement goes on (individualisation, as in B. McKay, "Practical graph isomorphism", 1981).
// Nodes that look alike after refinement are taken to be interchangeable, which is true of twin
// branches and of every network met so far; were it not, two forms of one network could get two
// hashes, at the price of one training too many. Distinct nodes are never merged: their weights are
// their own.
#include "nn/canonical.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

#include "kernels/random.hpp"
#include "nn/detail/simplify.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::nn {
namespace {

using Colour = std::uint64_t;

Colour mixed(Colour a, Colour b) {  // order matters; SplitMix64's finaliser
  Colour x = (a ^ 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL + b;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Colouring {
 public:
  explicit Colouring(const Architecture& architecture) {
    std::unordered_map<std::string_view, std::size_t> indices{{kInput, kOutside}};
    for (std::size_t i = 0; i < architecture.nodes.size(); ++i)
      indices.emplace(architecture.nodes[i].id, i);
    for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
      const Node& node = architecture.nodes[i];
      Vertex vertex{.commutes = std::holds_alternative<Add>(node.op)};
      for (const std::string& input : node.inputs) vertex.inputs.push_back(indices.at(input));
      for (std::size_t k = 0; k < vertex.inputs.size(); ++k)
        if (vertex.inputs[k] != kOutside)
          vertices_[vertex.inputs[k]].readers.push_back({i, vertex.commutes ? 0 : k});
      vertices_.push_back(std::move(vertex));
      colours_.push_back(stable_hash(to_text(node.op)));
    }
    refine();
    while (distinct_ < vertices_.size()) {
      colours_[one_of_a_tie()] ^= 1;
      refine();
    }
  }

  /// Nodes by level, then by colour: a topological order.
  [[nodiscard]] std::vector<std::size_t> order() const {
    std::vector<std::size_t> levels, order;
    for (const Vertex& vertex : vertices_) {
      std::size_t level = 0;
      for (const std::size_t input : vertex.inputs)
        if (input != kOutside) level = std::max(level, levels[input] + 1);
      order.push_back(levels.size());
      levels.push_back(level);
    }
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{levels[i], colours_[i]}; });
    return order;
  }

 private:
  static constexpr std::size_t kOutside = SIZE_MAX;  // the network's input
  struct Reader {
    std::size_t vertex, position;
  };
  struct Vertex {
    bool commutes = false;
    std::vector<std::size_t> inputs = {};
    std::vector<Reader> readers = {};
  };

  void refine() {
    for (;;) {
      read_forward();
      read_backward();
      std::vector<Colour> sorted = colours_;
      std::ranges::sort(sorted);
      const auto doubles = std::ranges::unique(sorted);
      const std::size_t distinct = sorted.size() - doubles.size();
      if (std::exchange(distinct_, distinct) >= distinct) return;
    }
  }
  void read_forward() {
    std::vector<Colour> seen;
    for (std::size_t i = 0; i < vertices_.size(); ++i) {
      seen.clear();
      for (const std::size_t input : vertices_[i].inputs)
        seen.push_back(input == kOutside ? 0 : colours_[input]);
      if (vertices_[i].commutes) std::ranges::sort(seen);
      for (const Colour colour : seen) colours_[i] = mixed(colours_[i], colour);
    }
  }
  void read_backward() {
    std::vector<Colour> seen;
    for (std::size_t i = vertices_.size(); i-- > 0;) {
      seen.clear();
      for (const Reader& reader : vertices_[i].readers)
        seen.push_back(mixed(colours_[reader.vertex], reader.position));
      std::ranges::sort(seen);
      for (const Colour colour : seen) colours_[i] = mixed(colours_[i], colour);
    }
  }
  /// A node of the lowest colour that several share.
  [[nodiscard]] std::size_t one_of_a_tie() const {
    std::vector<Colour> sorted = colours_;
    std::ranges::sort(sorted);
    const Colour tie = *std::ranges::adjacent_find(sorted);
    return static_cast<std::size_t>(std::ranges::find(colours_, tie) - colours_.begin());
  }

  std::vector<Vertex> vertices_;
  std::vector<Colour> colours_;
  std::size_t distinct_ = 0;
};

}  // namespace

Architecture canonical(const Architecture& architecture) {
  const Architecture simple = detail::simplified(architecture);
  const auto order = Colouring{simple}.order();
  std::unordered_map<std::string_view, std::size_t> place{{kInput, 0}};
  for (std::size_t i = 0; i < order.size(); ++i) place.emplace(simple.nodes[order[i]].id, i + 1);

  Architecture result{.input = simple.input, .nodes = {}, .genes = simple.genes};
  for (const std::size_t i : order) {
    const Node& node = simple.nodes[i];
    std::vector<std::size_t> inputs;
    for (const std::string& input : node.inputs) inputs.push_back(place.at(input));
    if (std::holds_alternative<Add>(node.op)) std::ranges::sort(inputs);
    Node renamed{.id = "n" + std::to_string(place.at(node.id)), .op = node.op, .inputs = {}};
    for (const std::size_t input : inputs)
      renamed.inputs.push_back(input == 0 ? std::string{kInput} : "n" + std::to_string(input));
    result.nodes.push_back(std::move(renamed));
  }
  return result;
}

std::uint64_t canonical_hash(const Architecture& architecture) {
  return stable_hash(to_yaml(canonical(architecture)));
}

}  // namespace lamarck::nn
