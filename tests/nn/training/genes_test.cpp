#include "nn/training/genes.hpp"

#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {

TrainOptions experiment() {
  TrainOptions o;
  o.optimizer = {.rate = 0.2, .momentum = 0.8, .weight_decay = 1e-3, .clip = 5, .ema = 0.99};
  o.label_smoothing = 0.05;
  return o;
}

}  // namespace

TEST_CASE("no genes change nothing", "[training][genes]") {
  CHECK(with_genes(experiment(), {}) == experiment());
}

TEST_CASE("rate and weight decay are factors and smoothing replaces", "[training][genes]") {
  TrainOptions expected = experiment();
  expected.optimizer.rate = 0.2 * 1.5;
  expected.optimizer.weight_decay = 1e-3 * 4;
  expected.label_smoothing = 0.1;
  CHECK(with_genes(experiment(), {.rate = 1.5, .weight_decay = 4.0, .label_smoothing = 0.1}) ==
        expected);
  CHECK(with_genes(experiment(), {.weight_decay = 0.0}).optimizer.weight_decay == 0.0);
}

TEST_CASE("the experiment's own optimiser stays as it is", "[training][genes]") {
  CHECK(with_genes(experiment(), {.optimizer = "sgd"}) == experiment());
}

TEST_CASE("another optimiser starts from its own rate", "[training][genes]") {
  const OptimizerOptions adam =
      with_genes(experiment(), {.optimizer = "adamw", .rate = 2.0}).optimizer;
  CHECK(adam.kind == OptimizerKind::adamw);
  CHECK(adam.rate == Approx(0.002));
  CHECK(adam.weight_decay == 1e-3);
  CHECK(adam.clip == 5);
  CHECK(adam.ema == 0.99);

  TrainOptions with_adam = experiment();
  with_adam.optimizer.kind = OptimizerKind::adam;
  with_adam.optimizer.rate = 3e-4;
  const OptimizerOptions sgd = with_genes(with_adam, {.optimizer = "sgd"}).optimizer;
  CHECK(sgd.kind == OptimizerKind::sgd);
  CHECK(sgd.rate == 0.1);
  CHECK(sgd.nesterov);
  CHECK(with_genes(with_adam, {.optimizer = "rmsprop"}).optimizer.momentum == 0.0);
}

TEST_CASE("every optimiser that genes may name can be made", "[training][genes]") {
  TrainOptions start = experiment();
  start.optimizer.nesterov = true;
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop"})
    CHECK_NOTHROW(
        Optimizer{with_genes(start, {.optimizer = name}).optimizer, {{"a", 0, 2, true}}, 2});
  CHECK_THROWS_WITH(with_genes(start, {.optimizer = "lion"}), Catch::Contains("lion"));
}
