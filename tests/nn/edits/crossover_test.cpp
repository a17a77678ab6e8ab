// Children of two parents.
#include <algorithm>
#include <string>
#include <vector>

#include "nn/edits/crossover.hpp"
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

// Whether a layer's inputs are layers behind the cut: its own widths then do not depend on it.
bool reads_layers(const Architecture& architecture, const Node& node, std::size_t behind) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
    if (!architecture.contains(input) || architecture.index(input) < behind) return false;
    const Operation& op = architecture.node(input).op;
    const auto* conv = std::get_if<Conv>(&op);
    return (conv && conv->groups == 1) || std::holds_alternative<Dense>(op);
  });
}

}  // namespace

TEST_CASE("a tensor that carries everything is a cut and no other", "[edits][crossover]") {
  const auto a = parse(
      "  - {id: a, conv: {out: 6}, act: relu}\n  - {id: b, conv: {out: 6}}\n  - {id: sum, add: [a, "
      "b], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  CHECK(cuts(a) == std::vector<std::string>{"a", "sum", "pool"});
}

TEST_CASE("a child has its head from one parent and its tail from the other",
          "[edits][crossover]") {
  int crossed = 0;
  int mismatched = 0;
  int inherited = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random{seed, "crossover"};
    Architecture first = random_architecture(random, {.genes = true});
    Architecture second;
    do second = random_architecture(random, {.genes = true});
    while (infer_shapes(second).back() != infer_shapes(first).back() && random.chance(0.95));
    second.input = first.input;
    if (find_fault(second)) continue;
    const Model head = scattered_model(first, seed);
    const Model tail = scattered_model(second, seed + 1000);
    for (const CrossoverPoint& point : crossover_points(first, second)) {
      const Model child = crossover(head, tail, point, 5);
      INFO("seed " << seed << " " << point.head_cut << " " << point.tail_cut << "\n"
                   << to_yaml(first) << to_yaml(second) << to_yaml(child.architecture));
      REQUIRE_FALSE(find_fault(child));
      CHECK(child.architecture == crossover(first, second, point));
      CHECK(child.architecture.genes == first.genes);
      ++crossed;
      // Up to the cut it computes what the head computes: its weights are the head's, to the bit.
      for (const auto& spec : parameter_specs(child.architecture)) {
        const bool of_head =
            first.contains(spec.node) &&
            child.architecture.index(spec.node) <= child.architecture.index(point.head_cut);
        if (of_head) CHECK(child.weights.at(spec.name) == head.weights.at(spec.name));
      }
      // Behind the cut stand the tail's nodes in their order; their weights are the tail's, to the
      // bit, but for layers that read another number of channels than they did.
      const bool equal =
          shapes_by_id(first).at(point.head_cut) == shapes_by_id(second).at(point.tail_cut);
      if (!equal) ++mismatched;
      const std::size_t offset = child.architecture.index(point.head_cut) + 1;
      const std::size_t begin = second.index(point.tail_cut) + 1;
      REQUIRE(child.architecture.nodes.size() - offset == second.nodes.size() - begin);
      for (std::size_t i = begin; i < second.nodes.size(); ++i) {
        const Node& from = second.nodes[i];
        const Node& now = child.architecture.nodes[offset + i - begin];
        if (equal) CHECK(now.op == from.op);
        if (!equal && !reads_layers(child.architecture, now, offset)) continue;
        ++inherited;
        for (const auto& spec : parameter_specs(child.architecture))
          if (spec.node == now.id)
            CHECK(child.weights.at(spec.name) ==
                  tail.weights.at(from.id + spec.name.substr(now.id.size())));
      }
    }
  }
  CHECK(crossed > 50);
  CHECK(mismatched > 10);
  CHECK(inherited > 100);
}

TEST_CASE("crossing a network with itself at one cut gives it back", "[edits][crossover]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random{seed, "self"};
    const Model model = scattered_model(random_architecture(random, {}), seed);
    for (const auto& cut : cuts(model.architecture)) {
      const Model child = crossover(model, model, {cut, cut}, 1);
      CHECK(relative_difference(outputs(child, 1), outputs(model, 1)) < 1e-6);
    }
  }
}

TEST_CASE("points that join nothing are refused", "[edits][crossover]") {
  const auto a = two_convs();
  for (const CrossoverPoint& point :
       {CrossoverPoint{"nowhere", "a"}, CrossoverPoint{"a", "nowhere"}, CrossoverPoint{"a", "pool"},
        CrossoverPoint{"logits", "a"}, CrossoverPoint{"input", "a"}})
    CHECK_THROWS_AS(crossover(a, a, point), std::invalid_argument);
}

TEST_CASE("parents whose ids clash keep their own weights", "[edits][crossover]") {
  // Both have `x` and `cat`, in front of the cut here and behind it there, of other widths.
  const auto head = parse(
      "  - {id: x, conv: {out: 3}}\n  - {id: y, conv: {out: 5}, from: input}\n"
      "  - {id: cat, concat: [x, y]}\n  - {id: n, batch_norm: {}}\n"
      "  - {id: end, conv: {out: 4}}\n  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
  const auto tail = parse(
      "  - {id: x, conv: {out: 5}}\n  - {id: y, conv: {out: 3}, from: input}\n"
      "  - {id: cat, concat: [x, y]}\n  - {id: n, batch_norm: {}}\n"
      "  - {id: y2, conv: {out: 4}}\n  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
  const Model a = scattered_model(head, 1);
  const Model b = scattered_model(tail, 2);
  const Model child = crossover(a, b, {"n", "n"}, 1);
  for (const char* name : {"x.weight", "n.norm.scale", "n.norm.mean"})
    CHECK(child.weights.at(name) == a.weights.at(name));
  for (const char* name : {"y2.weight", "logits.weight"})
    CHECK(child.weights.at(name) == b.weights.at(name));
}
