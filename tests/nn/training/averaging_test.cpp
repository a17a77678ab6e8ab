// Averaged weights are scored, and handed down, with statistics of their own.
#include <algorithm>

#include "kernels/threads.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/training/easy_problems.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

TrainOptions averaged(double ema) {
  TrainOptions options = test::quick_options();
  options.epochs = 2;
  options.schedule.kind = ScheduleKind::constant;
  options.optimizer.ema = ema;
  return options;
}

}  // namespace

TEST_CASE("the averaged model differs from the last weights and scores well",
          "[training][averaging]") {
  const Dataset data = test::bars(800, 1);
  const TrainData sets = test::three_quarters(data);
  const TrainResult raw = train(test::bars_model(), sets, averaged(0.0), 1);
  const TrainResult mean = train(test::bars_model(), sets, averaged(0.95), 1);
  // Averaging changes no step, so the losses on the way are the same bits.
  for (std::size_t i = 0; i < raw.epochs.size(); ++i)
    CHECK(raw.epochs[i].train_loss == mean.epochs[i].train_loss);
  CHECK(raw.model.weights.at("c1.weight") != mean.model.weights.at("c1.weight"));
  CHECK(raw.model.weights.at("c1.norm.mean") != mean.model.weights.at("c1.norm.mean"));
  CHECK(mean.validation.score > 0.9);
  CHECK(evaluate(mean.model, data, sets.validation, sets.normalisation).loss ==
        mean.validation.loss);
}

TEST_CASE("statistics of the averaged weights are those of the training batches",
          "[training][averaging]") {
  // One batch holds the whole training set, so its order does not matter and the statistics have a
  // definition of their own: mean and unbiased variance over the set.
  const Dataset data = test::bars(64, 1);
  TrainData sets = test::three_quarters(data);
  TrainOptions options = averaged(0.9);
  options.batch = static_cast<int>(sets.train.size());
  options.epochs = 6;
  const Model model = train(test::bars_model(), sets, options, 1).model;

  kernels::with_threads(1, [&] {
    Network network{model, {.batch = options.batch}};
    Batches batches{data, sets.train, sets.normalisation, {}, options.batch, 5};
    std::vector<int> labels(sets.train.size());
    batches.training(0, 0, network.input(), labels, {});
    network.begin_statistics();
    network.forward();
    network.end_statistics();
    const Model expected = network.model();
    for (const char* key : {"c1.norm.mean", "c1.norm.variance", "c2.norm.mean", "c2.norm.variance"})
      for (std::size_t i = 0; i < 8; ++i)
        CHECK(model.weights.at(key).data[i] ==
              Approx(expected.weights.at(key).data[i]).epsilon(1e-4).margin(1e-5));
  });
}

TEST_CASE("averaging needs no normalisation", "[training][averaging]") {
  const Dataset data = test::waves(400, 1);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = averaged(0.9);
  options.epochs = 10;
  options.optimizer = {.kind = OptimizerKind::adam, .rate = 0.02, .ema = 0.9};
  CHECK(train(test::waves_model(), sets, options, 1).validation.score > 0.9);
}
