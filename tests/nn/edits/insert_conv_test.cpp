// Convolutions and dense layers that begin as the identity.
#include <string>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("a ReLU follows only where nothing is negative", "[edits]") {
  const auto act = [](const std::string& nodes, const std::string& site) {
    const auto grown = edited(parse(nodes), "insert_conv " + site);
    return std::get<Conv>(grown.node("conv").op).act;
  };
  const std::string end =
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n";
  CHECK(act("  - {id: a, conv: {out: 4}, act: relu}\n" + end, "a") == Activation::relu);
  CHECK(act("  - {id: a, conv: {out: 4}, act: elu}\n" + end, "a") == Activation::identity);
  CHECK(act("  - {id: a, conv: {out: 4}, act: relu}\n  - {id: p, max_pool: {}}\n" + end, "p") ==
        Activation::relu);
  CHECK(act("  - {id: a, conv: {out: 4}, act: relu}\n  - {id: b, conv: {out: 4}}\n"
            "  - {id: s, add: [a, b]}\n" +
                end,
            "s") == Activation::identity);
  CHECK(act("  - {id: a, conv: {out: 4}, act: relu}\n  - {id: g, scale: {}}\n" + end, "g") ==
        Activation::identity);
}

TEST_CASE("every kernel and both norms begin as the identity", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  for (const char* text :
       {"insert_conv a", "insert_conv a kernel=1", "insert_conv b kernel=5",
        "insert_conv a norm=none", "insert_conv b kernel=1 norm=none", "insert_dense pool"}) {
    INFO(text);
    const Model grown = edited(model, text);
    CHECK_FALSE(find_fault(grown));
    CHECK(relative_difference(outputs(model, 1), outputs(grown, 1)) < 1e-5);
  }
  CHECK(has_bias(
      std::get<Conv>(edited(model, "insert_conv a norm=none").architecture.node("conv").op)));
}

TEST_CASE("layers that cannot be inserted are refused", "[edits]") {
  for (const char* text :
       {"insert_conv logits", "insert_conv input", "insert_conv a kernel=2",
        "insert_conv a kernel=0", "insert_conv a kernel=-3", "insert_conv a kernel=x",
        "insert_conv a kernel=99999999", "insert_conv a norm=layer", "insert_conv a kernal=3",
        "insert_dense a", "insert_dense logits", "insert_dense pool kernel=3",
        "insert_residual a kind=dense", "insert_residual a kernel=4", "insert_residual logits"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}

TEST_CASE("a chain of joined tensors is searched for signs in no time", "[edits]") {
  // Two ways into each concatenation, 60 in a row: 2^60 ways back to the start.
  auto a = parse("  - {id: a, conv: {out: 1}, act: relu}\n");
  for (int i = 0; i < 60; ++i) {
    const std::string last = a.output();
    a.nodes.push_back({"p" + std::to_string(i), Dropout{0.1F}, {last}});
    a.nodes.push_back({"s" + std::to_string(i), Add{}, {last, "p" + std::to_string(i)}});
  }
  const std::string last = a.output();
  a.nodes.push_back({"pool", GlobalAvgPool{}, {last}});
  const auto grown = edited(a, "insert_conv " + last);
  CHECK(std::get<Conv>(grown.node("conv").op).act == Activation::relu);
}
