// Shortcuts that come and go.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("a new skip passes through gates of zero", "[edits]") {
  const Model model = edited(scattered_model(two_convs(), 1), "insert_conv a");
  const Model skipped = edited(model, "add_skip conv from=a");
  CHECK(skipped.weights.at("skip_gate.gate").data == std::vector<float>(6, 0.0F));
  CHECK(std::get<Scale>(skipped.architecture.node("skip_gate").op).init == 0.0F);
  CHECK(skipped.architecture.node("skip").inputs == std::vector<std::string>{"conv", "skip_gate"});
  CHECK(skipped.architecture.node("b").inputs == std::vector<std::string>{"skip"});
  // The skip is there: an open gate changes the output.
  Model open = skipped;
  open.weights.at("skip_gate.gate").data.assign(6, 1.0F);
  CHECK(relative_difference(outputs(model, 1), outputs(open, 1)) > 1e-3);
  CHECK(edited(skipped, "remove_skip skip input=skip_gate") == model);
}

TEST_CASE("an add that loses its skip keeps its activation", "[edits]") {
  const auto a = parse(
      "  - {id: a, conv: {out: 6}}\n  - {id: b, conv: {out: 6}}\n"
      "  - {id: sum, add: [a, b], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  const auto plain = edited(a, "remove_skip sum input=a");
  CHECK(plain.node("sum").op == Operation{Activate{Activation::relu}});
  CHECK(plain.node("sum").inputs == std::vector<std::string>{"b"});
}

TEST_CASE("skips that lead nowhere are refused", "[edits]") {
  for (const char* text :
       {"add_skip a from=b", "add_skip a from=a", "add_skip b from=a", "add_skip b",
        "add_skip logits from=pool", "add_skip b from=nowhere", "add_skip b to=a",
        "remove_skip a input=b", "remove_skip pool input=a"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}
