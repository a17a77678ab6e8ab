#include "nn/edits/crossover.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "nn/edits/detail/fit_weights.hpp"
#include "nn/edits/detail/rewire.hpp"
#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn {
namespace {

using Names = std::map<std::string, std::string>;  // ids in the tail -> ids in the child

struct Child {
  Architecture architecture;
  Names tail_names;   // of the nodes behind the tail's cut
  Architecture tail;  // under the child's names; those that the head has taken are hidden
};

std::string renamed(const Names& names, const std::string& id) {
  const auto found = names.find(id);
  return found == names.end() ? id : found->second;
}

// The tail's graph under the child's names.
Architecture renamed(const Architecture& tail, const Names& names) {
  Architecture result = tail;
  for (Node& node : result.nodes) {
    node.id = renamed(names, node.id);
    for (auto& input : node.inputs) input = renamed(names, input);
  }
  return result;
}

// Joins the two graphs; the result may be faulty.
Child joined(const Architecture& head, const Architecture& tail, const CrossoverPoint& point) {
  Child child;
  Architecture& graph = child.architecture;
  graph.input = head.input;
  graph.genes = head.genes;
  const auto needed = detail::ancestors(head, point.head_cut);
  for (const Node& node : head.nodes)
    if (node.id == point.head_cut || needed.count(node.id) > 0) graph.nodes.push_back(node);

  const auto before_cut = detail::ancestors(tail, point.tail_cut);
  for (const Node& node : tail.nodes) {
    if (node.id == point.tail_cut || before_cut.count(node.id) > 0) continue;
    // A name that is taken gives way to one that neither parent has.
    Architecture both = graph;
    both.nodes.insert(both.nodes.end(), tail.nodes.begin(), tail.nodes.end());
    child.tail_names[node.id] = graph.contains(node.id) ? both.fresh_id(node.id) : node.id;
    Node moved{child.tail_names[node.id], node.op, {}};
    for (const auto& input : node.inputs)
      moved.inputs.push_back(input == point.tail_cut ? point.head_cut
                                                     : renamed(child.tail_names, input));
    graph.nodes.push_back(std::move(moved));
  }
  // Depthwise layers of the tail take the channels that the head gives; the head's stay as they
  // are.
  Architecture& behind = child.tail;
  behind = renamed(tail, child.tail_names);
  for (const Node& node : tail.nodes)
    if (child.tail_names.count(node.id) == 0 && graph.contains(node.id)) {
      const std::string hidden = node.id + "-of-tail";
      detail::redirect(behind, node.id, hidden);
      behind.node(node.id).id = hidden;
    }
  detail::follow_channels(behind, graph);
  return child;
}

Child joined_or_refused(const Architecture& head, const Architecture& tail,
                        const CrossoverPoint& point) {
  const auto complain = [&](const std::string& what) {
    throw std::invalid_argument("crossover " + point.head_cut + " tail=" + point.tail_cut + ": " +
                                what);
  };
  const auto is_cut = [](const Architecture& architecture, const std::string& id) {
    const auto all = cuts(architecture);
    return std::find(all.begin(), all.end(), id) != all.end();
  };
  if (!is_cut(head, point.head_cut) || !is_cut(tail, point.tail_cut))
    complain("one tensor must carry everything at each cut");
  const Shape at_head = shapes_by_id(head).at(point.head_cut);
  const Shape at_tail = shapes_by_id(tail).at(point.tail_cut);
  if (at_head.height != at_tail.height || at_head.width != at_tail.width)
    complain("height and width differ");
  Child child = joined(head, tail, point);
  if (const auto fault = find_fault(child.architecture)) complain(*fault);
  return child;
}

}  // namespace

std::vector<std::string> cuts(const Architecture& architecture) {
  std::vector<std::string> found;
  const auto position = [&](const std::string& id) {
    return id == kInput ? 0 : architecture.index(id) + 1;  // the input comes first
  };
  const std::size_t count = architecture.nodes.size();
  // The furthest reader of anything before each node: a node is a cut where nothing before it is
  // read behind it.
  std::vector<std::size_t> furthest(count + 1, 0);
  for (std::size_t i = 0; i < count; ++i)
    for (const auto& input : architecture.nodes[i].inputs) {
      std::size_t& reader = furthest[position(input)];
      reader = std::max(reader, i + 1);
    }
  std::size_t reach = furthest[0];
  for (std::size_t at = 1; at < count; ++at) {
    if (reach <= at) found.push_back(architecture.nodes[at - 1].id);
    reach = std::max(reach, furthest[at]);
  }
  return found;
}

std::vector<CrossoverPoint> crossover_points(const Architecture& head, const Architecture& tail) {
  std::vector<CrossoverPoint> points;
  const auto head_shapes = shapes_by_id(head);
  const auto tail_shapes = shapes_by_id(tail);
  const auto tail_cuts = cuts(tail);
  for (const auto& head_cut : cuts(head))
    for (const auto& tail_cut : tail_cuts) {
      const Shape& a = head_shapes.at(head_cut);
      const Shape& b = tail_shapes.at(tail_cut);
      if (a.height != b.height || a.width != b.width) continue;
      if (!find_fault(joined(head, tail, {head_cut, tail_cut}).architecture))
        points.push_back({head_cut, tail_cut});
    }
  return points;
}

Architecture crossover(const Architecture& head, const Architecture& tail,
                       const CrossoverPoint& point) {
  return joined_or_refused(head, tail, point).architecture;
}

Model crossover(const Model& head, const Model& tail, const CrossoverPoint& point,
                std::uint64_t seed) {
  Child child = joined_or_refused(head.architecture, tail.architecture, point);
  Model model;
  const auto needed = detail::ancestors(head.architecture, point.head_cut);
  for (const auto& [name, tensor] : head.weights)
    if (const std::string node = detail::owner(name);
        node == point.head_cut || needed.count(node) > 0)
      model.weights[name] = tensor;
  for (const auto& [name, tensor] : tail.weights)
    if (const auto found = child.tail_names.find(detail::owner(name));
        found != child.tail_names.end())
      model.weights[found->second + name.substr(found->first.size())] = tensor;
  detail::fit_weights(child.tail, child.architecture, model.weights, seed);
  model.architecture = std::move(child.architecture);
  return model;
}

}  // namespace lamarck::nn
