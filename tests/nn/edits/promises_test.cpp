// Promises of single edits beyond those that all make.
#include <algorithm>
#include <cmath>

#include "nn/blocks.hpp"
#include "nn/edits/crossover.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

Architecture two_convs() {
  return architecture_from_yaml(
      "input: {channels: 2, height: 8, width: 8}\nnodes:\n"
      "  - {id: a, conv: {out: 6}, norm: batch, act: relu}\n  - {id: b, conv: {out: 4}, act: "
      "relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
}

std::vector<float> training_outputs(const Model& model) {
  Network network{model, {.batch = 4}};
  Random random{9, "images"};
  for (float& x : network.input()) x = static_cast<float>(random.normal());
  network.forward();
  return {network.output().begin(), network.output().end()};
}

}  // namespace

TEST_CASE("narrow keeps the channels that matter", "[edits]") {
  Model model = scattered_model(two_convs(), 1);
  // Channels 1 and 4 of `a` are made unimportant, each in another way.
  Tensor& made = model.weights.at("a.weight");
  for (std::size_t i = 0; i < made.elements() / 6; ++i)
    made.data[1 * made.elements() / 6 + i] *= 1e-4F;
  Tensor& read = model.weights.at("b.weight");
  for (int row = 0; row < 4; ++row)
    for (int k = 0; k < 9; ++k) read.data[static_cast<std::size_t>((row * 6 + 4) * 9 + k)] *= 1e-4F;
  const Model narrow = apply(model, {.kind = "narrow", .site = "a", .args = {{"to", "4"}}});
  const Tensor& left = narrow.weights.at("a.norm.shift");
  const Tensor& all = model.weights.at("a.norm.shift");
  CHECK(left.data == std::vector<float>{all.data[0], all.data[2], all.data[3], all.data[5]});
  CHECK_THROWS_AS(apply(model, {.kind = "narrow", .site = "a", .args = {{"to", "0"}}}),
                  std::invalid_argument);
}

TEST_CASE("an inserted residual block is equal in training mode too", "[edits]") {
  for (const char* kind : {"basic", "bottleneck", "inverted", "separable"}) {
    INFO(kind);
    const Model model = scattered_model(two_convs(), 2);
    const Model grown =
        apply(model, {.kind = "insert_residual", .site = "a", .args = {{"kind", kind}}, .seed = 4});
    const auto before = training_outputs(model);
    const auto after = training_outputs(grown);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      CHECK(after[i] == Approx(before[i]).margin(1e-4));
  }
}

TEST_CASE("separate is the best approximation of its form and exact where one exists", "[edits]") {
  Model model = scattered_model(two_convs(), 3);
  const Model separated = apply(model, {.kind = "separate", .site = "b"});
  CHECK(std::get<Conv>(separated.architecture.node("b_dw").op).groups == 6);
  // Any other rank-one filters, such as the mean of the filters times their sizes, are further
  // away.
  const Tensor& w = model.weights.at("b.weight");
  const Tensor& deep = separated.weights.at("b_dw.weight");
  const Tensor& point = separated.weights.at("b.weight");
  double error = 0;
  double size = 0;
  for (int o = 0; o < 4; ++o)
    for (int c = 0; c < 6; ++c)
      for (int k = 0; k < 9; ++k) {
        const double exact = w.data[static_cast<std::size_t>((o * 6 + c) * 9 + k)];
        const double approximation =
            static_cast<double>(point.data[static_cast<std::size_t>(o * 6 + c)]) *
            deep.data[static_cast<std::size_t>(c * 9 + k)];
        error += (exact - approximation) * (exact - approximation);
        size += exact * exact;
      }
  CHECK(error < 0.75 * size);  // a rank of one of four holds at least a quarter of the energy

  // Filters that are of rank one come back exactly.
  for (int o = 0; o < 4; ++o)
    for (int c = 0; c < 6; ++c)
      for (int k = 0; k < 9; ++k)
        model.weights.at("b.weight").data[static_cast<std::size_t>((o * 6 + c) * 9 + k)] =
            static_cast<float>((o + 1) * 0.1 * std::sin(c * 9 + k));
  const Model exact = apply(model, {.kind = "separate", .site = "b"});
  CHECK(relative_difference(outputs(model, 1), outputs(exact, 1)) < 1e-5);
}

TEST_CASE("removing an add removes its branch and keeps the shortcut", "[edits]") {
  const auto a = architecture_from_yaml(
      "input: {channels: 2, height: 8, width: 8}\nnodes:\n"
      "  - {id: a, conv: {out: 6}, act: relu}\n  - {id: b, conv: {out: 6}}\n  - {id: sum, add: [a, "
      "b], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  const auto removed = apply(a, {.kind = "remove_layer", .site = "sum"});
  CHECK_FALSE(removed.contains("sum"));
  CHECK_FALSE(removed.contains("b"));
  CHECK(removed.node("pool").inputs == std::vector<std::string>{"a"});
}

TEST_CASE("removing a layer between other widths keeps what fits", "[edits]") {
  const auto removed =
      apply(scattered_model(two_convs(), 1), {.kind = "remove_layer", .site = "b"});
  CHECK(std::get<Dense>(removed.architecture.node("logits").op).out == 3);
  CHECK(removed.weights.at("logits.weight").shape == std::vector<int>{3, 6, 1, 1});
}

TEST_CASE("a tensor that carries everything is a cut and no other", "[edits][crossover]") {
  const auto a = architecture_from_yaml(
      "input: {channels: 2, height: 8, width: 8}\nnodes:\n"
      "  - {id: a, conv: {out: 6}, act: relu}\n  - {id: b, conv: {out: 6}}\n  - {id: sum, add: [a, "
      "b], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  CHECK(cuts(a) == std::vector<std::string>{"a", "sum", "pool"});
}

TEST_CASE("a child has its head from one parent and its tail from the other",
          "[edits][crossover]") {
  int crossed = 0;
  int mismatched = 0;
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
      // The output layer is the tail's; where it does not sit at the cut its weights are the tail's
      // too.
      const auto shapes_head = shapes_by_id(first);
      const auto shapes_tail = shapes_by_id(second);
      if (shapes_head.at(point.head_cut) != shapes_tail.at(point.tail_cut)) ++mismatched;
      const std::string last = second.output();
      CHECK(child.architecture.nodes.back().op == second.node(last).op);
      if (shapes_head.at(point.head_cut) == shapes_tail.at(point.tail_cut) &&
          tail.weights.count(last + ".weight") > 0)
        CHECK(child.weights.at(child.architecture.output() + ".weight") ==
              tail.weights.at(last + ".weight"));
    }
  }
  CHECK(crossed > 50);
  CHECK(mismatched > 10);
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
