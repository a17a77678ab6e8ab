// What is left where a layer was.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("removing an add removes its branch and keeps the shortcut", "[edits]") {
  const auto a = parse(
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

TEST_CASE("removing an add keeps the projection on its shortcut", "[edits]") {
  const auto a = parse(
      "  - {id: a, conv: {out: 4}, act: relu}\n"
      "  - {id: b, conv: {out: 6, stride: 2}, act: relu}\n"
      "  - {id: c, conv: {out: 6}}\n"
      "  - {id: proj, conv: {out: 6, kernel: 1, stride: 2}, from: a}\n"
      "  - {id: sum, add: [c, proj], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
  const auto removed = edited(a, "remove_layer sum");
  CHECK_FALSE(removed.contains("b"));
  CHECK_FALSE(removed.contains("c"));
  CHECK(removed.node("pool").inputs == std::vector<std::string>{"proj"});
}

TEST_CASE("a gate never stands in for what it was added to", "[edits]") {
  const auto a = edited(two_convs(), "insert_conv a");
  const auto gated = edited(a, "add_skip conv from=a");
  CHECK_THROWS_AS(edited(gated, "remove_layer skip"), std::invalid_argument);
  CHECK(edited(gated, "remove_skip skip input=skip_gate") == a);
}
