// Which weights stay with which channels.
#include <string>

#include "nn/edits/detail/fit_weights.hpp"
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("each input of a concatenation keeps its own columns", "[edits]") {
  const Model model = scattered_model(parse("  - {id: a, conv: {out: 4}}\n"
                                            "  - {id: x, conv: {out: 3}}\n"
                                            "  - {id: b, conv: {out: 5}, from: a}\n"
                                            "  - {id: cat, concat: [x, b]}\n"
                                            "  - {id: norm, batch_norm: {}}\n"
                                            "  - {id: g, conv: {out: 2, kernel: 1}}\n"
                                            "  - {id: pool, global_avg_pool: {}}\n"
                                            "  - {id: logits, dense: {out: 3}}\n"),
                                      1);
  const Model removed = edited(model, "remove_layer x");  // 3 channels become 4
  const auto at = [](const Model& m, const char* name, int i) {
    return m.weights.at(name).data[static_cast<std::size_t>(i)];
  };
  for (int channel = 0; channel < 5; ++channel) {
    for (int row = 0; row < 2; ++row)
      CHECK(at(removed, "g.weight", row * 9 + 4 + channel) ==
            at(model, "g.weight", row * 8 + 3 + channel));
    CHECK(at(removed, "norm.norm.mean", 4 + channel) == at(model, "norm.norm.mean", 3 + channel));
  }
  for (int row = 0; row < 2; ++row) CHECK(at(removed, "g.weight", row * 9 + 3) == 0);
  CHECK(at(removed, "norm.norm.scale", 3) == 1);
}

TEST_CASE("a flattened image keeps the columns of its elements", "[edits]") {
  for (const std::string between :
       {"", "  - {id: drop, dropout: {rate: 0.5}}\n", "  - {id: act, activation: relu}\n",
        "  - {id: norm, batch_norm: {}}\n"}) {
    INFO(between);
    const Model model = scattered_model(parse("  - {id: a, conv: {out: 3}}\n"
                                              "  - {id: flat, flatten: {}}\n" +
                                              between + "  - {id: logits, dense: {out: 2}}\n"),
                                        1);
    const Model halved = edited(model, "change_stride a to=2");  // 8 x 8 becomes 4 x 4
    const auto& before = model.weights.at("logits.weight").data;
    const auto& after = halved.weights.at("logits.weight").data;
    REQUIRE(after.size() == 2 * 3 * 16);
    for (std::size_t row = 0; row < 2; ++row)
      for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t y = 0; y < 4; ++y)
          for (std::size_t x = 0; x < 4; ++x)
            CHECK(after[((row * 3 + c) * 4 + y) * 4 + x] ==
                  before[((row * 3 + c) * 8 + y) * 8 + x]);
  }
}

TEST_CASE("weights that fit already stay as they are", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  Weights weights = model.weights;
  detail::fit_weights(model.architecture, model.architecture, weights, 9);
  CHECK(weights == model.weights);
}

TEST_CASE("what is gone goes and what is new is drawn from the seed", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const auto grown = edited(model.architecture, "insert_conv b");
  const auto fitted = [&](std::uint64_t seed) {
    Weights weights = model.weights;
    weights["ghost.weight"] = Tensor{{1}};
    detail::fit_weights(model.architecture, grown, weights, seed);
    return weights;
  };
  CHECK(fitted(3) == fitted(3));
  CHECK(fitted(3).at("conv.weight") != fitted(4).at("conv.weight"));
  CHECK(fitted(3).at("a.weight") == model.weights.at("a.weight"));
  CHECK(fitted(3).count("ghost.weight") == 0);
}
