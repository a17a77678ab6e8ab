// Other options of the same layer.
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("options change and nothing else does", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const Model silu = edited(model, "change_activation a to=silu");
  CHECK(std::get<Conv>(silu.architecture.node("a").op).act == Activation::silu);
  CHECK(silu.weights == model.weights);
  const Model strided = edited(model, "change_stride a to=2");
  CHECK(shapes_by_id(strided.architecture).at("b") == Shape{4, 4, 4});
  CHECK(strided.weights == model.weights);
  const auto pooled = parse(
      "  - {id: a, conv: {out: 6}}\n  - {id: p, max_pool: {kernel: 3, stride: 2, pad: 1}}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  const auto average = edited(pooled, "change_pooling p to=avg");
  CHECK(std::holds_alternative<AvgPool>(average.node("p").op));
  CHECK(infer_shapes(average) == infer_shapes(pooled));
}

TEST_CASE("options that are none are refused", "[edits]") {
  for (const char* text :
       {"change_activation a to=relu", "change_activation a to=rellu", "change_activation a",
        "change_activation pool to=relu", "change_stride a to=0", "change_stride a to=1",
        "change_stride a to=2.0", "change_stride pool to=2", "change_stride a to=2 by=1",
        "change_pooling a to=avg", "change_pooling pool to=avg"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}
