#include "nn/training/train.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "kernels/threads.hpp"
#include "nn/costs.hpp"
#include "tests/catch.hpp"
#include "tests/nn/training/easy_problems.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

// All that must be equal when training is repeated: everything but the seconds.
void check_equal(const TrainResult& a, const TrainResult& b) {
  CHECK(a.status == b.status);
  CHECK(a.model == b.model);
  CHECK(a.validation.loss == b.validation.loss);
  REQUIRE(a.epochs.size() == b.epochs.size());
  for (std::size_t i = 0; i < a.epochs.size(); ++i) {
    CHECK(a.epochs[i].rate == b.epochs[i].rate);
    CHECK(a.epochs[i].train_loss == b.epochs[i].train_loss);
    CHECK(a.epochs[i].train_accuracy == b.epochs[i].train_accuracy);
    CHECK(a.epochs[i].validation_loss == b.epochs[i].validation_loss);
    CHECK(a.epochs[i].validation_score == b.epochs[i].validation_score);
  }
}

TrainOptions with_everything() {
  TrainOptions options = test::quick_options();
  options.epochs = 2;
  options.label_smoothing = 0.1;
  options.augment = {.crop_pad = 1, .flip = true, .erase = 0.2};
  options.optimizer.weight_decay = 1e-3;
  options.optimizer.clip = 2;
  options.optimizer.ema = 0.9;
  return options;
}

}  // namespace

TEST_CASE("a small network learns an easy problem in seconds", "[training][train]") {
  const Dataset data = test::bars(800, 1);
  const TrainData sets = test::three_quarters(data);
  const TrainResult result = train(test::bars_model(), sets, test::quick_options(), 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.message.empty());
  REQUIRE(result.epochs.size() == 4);
  CHECK(result.epochs.back().train_loss < 0.5 * result.epochs.front().train_loss);
  CHECK(result.epochs.back().train_accuracy > 0.9);
  CHECK(result.validation.score > 0.9);
  REQUIRE(result.validation.classes);
  CHECK(result.validation.classes->examples == 200);
  CHECK(result.validation.score == result.validation.classes->accuracy);
  CHECK(result.epochs.back().validation_score == result.validation.score);
  CHECK(result.epochs.back().validation_loss == result.validation.loss);
  // The last step of one cycle: 1e-4 of the rate.
  CHECK(result.epochs.back().rate == Approx(0.1 * 1e-4));
  for (std::size_t i = 0; i < 4; ++i) CHECK(result.epochs[i].epoch == static_cast<int>(i + 1));
}

TEST_CASE("bf16 learns what f32 learns", "[training][train][bf16]") {
  const Dataset data = test::bars(800, 1);
  const TrainData sets = test::three_quarters(data);
  for (const double ema : {0.0, 0.9}) {
    TrainOptions options = test::quick_options();
    options.optimizer.ema = ema;
    const TrainResult wide = train(test::bars_model(), sets, options, 1);
    options.precision = kernels::DataType::bf16;
    const TrainResult narrow = train(test::bars_model(), sets, options, 1);
    CHECK(narrow.status == TrainStatus::finished);
    CHECK(narrow.validation.score > 0.9);
    CHECK(std::abs(narrow.validation.loss - wide.validation.loss) < 0.1);
    CHECK(narrow.validation.loss != wide.validation.loss);
    CHECK(train(test::bars_model(), sets, options, 1).model == narrow.model);
  }
}

TEST_CASE("every optimiser and schedule learns", "[training][train]") {
  const Dataset data = test::bars(400, 2);
  const TrainData sets = test::three_quarters(data);
  for (const OptimizerKind kind :
       {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::rmsprop})
    for (const ScheduleKind schedule : {ScheduleKind::constant, ScheduleKind::step,
                                        ScheduleKind::cosine, ScheduleKind::one_cycle}) {
      TrainOptions options = test::quick_options();
      options.optimizer = {.kind = kind, .rate = kind == OptimizerKind::sgd ? 0.05 : 0.02};
      if (kind == OptimizerKind::rmsprop) options.optimizer.momentum = 0;
      options.schedule = {.kind = schedule, .warmup = 0.1, .every = 3};
      INFO(static_cast<int>(kind) << " " << static_cast<int>(schedule));
      CHECK(train(test::bars_model(), sets, options, 1).validation.score > 0.8);
    }
}

TEST_CASE("a regressor learns a toy function", "[training][train]") {
  const Dataset data = test::waves(800, 1);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  options.epochs = 12;
  options.optimizer = {.kind = OptimizerKind::adam, .rate = 0.02};
  const TrainResult result = train(test::waves_model(), sets, options, 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.validation.score > 0.9);
  REQUIRE(result.validation.numbers);
  CHECK(result.validation.score == result.validation.numbers->r2);
  CHECK(result.validation.loss == result.validation.numbers->mse);
  CHECK_FALSE(result.validation.classes);
}

TEST_CASE("the same seed gives the same bits and another gives others", "[training][train]") {
  const Dataset data = test::bars(200, 3);
  const TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model(1, 0.2F);
  const TrainOptions options = with_everything();
  const TrainResult first = train(start, sets, options, 7);
  check_equal(first, train(start, sets, options, 7));
  const TrainResult other = train(start, sets, options, 8);
  CHECK(other.model != first.model);
  CHECK(other.epochs[0].train_loss != first.epochs[0].train_loss);
}

TEST_CASE("training does not depend on what trains beside it", "[training][train]") {
  const Dataset data = test::bars(200, 4);
  const TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model(1, 0.2F);
  const TrainOptions options = with_everything();
  const TrainResult alone = train(start, sets, options, 1);
  TrainResult one;
  TrainResult two;
  std::thread beside{[&] { two = train(start, sets, options, 1); }};
  one = train(start, sets, options, 1);
  beside.join();
  check_equal(alone, one);
  check_equal(alone, two);
}

TEST_CASE("an absurd rate is found out within a few steps", "[training][train]") {
  const Dataset data = test::waves(400, 1);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  options.schedule.kind = ScheduleKind::constant;
  options.optimizer = {.rate = 1e4};
  options.epochs = 50;
  int epochs = 0;
  const TrainHooks hooks{.on_epoch = [&](const Epoch&) { return ++epochs > 0; }, .cancelled = {}};
  const Model start = test::waves_model();
  const TrainResult result = train(start, sets, options, 1, hooks);
  CHECK(result.status == TrainStatus::diverged);
  CHECK_THAT(result.message, Catch::Contains("loss is") && Catch::Contains("of epoch 1"));
  CHECK(epochs == 0);
  CHECK(result.epochs.empty());
  CHECK(result.model == start);
  const auto at = result.message.find("at step ");
  REQUIRE(at != std::string::npos);
  CHECK(std::stoi(result.message.substr(at + 8)) <= 10);
}

TEST_CASE("a start that is not finite diverges at the first step", "[training][train]") {
  const Dataset data = test::bars(100, 1);
  const TrainData sets = test::three_quarters(data);
  Model start = test::bars_model();
  start.weights.at("logits.bias").data[0] = std::numeric_limits<float>::quiet_NaN();
  const TrainResult result = train(start, sets, test::quick_options(), 1);
  CHECK(result.status == TrainStatus::diverged);
  CHECK(result.message == "loss is nan at step 1 of epoch 1");
}

TEST_CASE("early stopping returns the best epoch", "[training][train]") {
  const Dataset data = test::bars(200, 5);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  options.epochs = 30;
  options.patience = 2;
  options.schedule.kind = ScheduleKind::constant;
  const TrainResult result = train(test::bars_model(), sets, options, 1);
  REQUIRE(result.status == TrainStatus::stopped_early);
  REQUIRE(result.epochs.size() < 30);
  double best = -1;
  int best_epoch = 0;
  for (const Epoch& epoch : result.epochs)
    if (epoch.validation_score > best) {
      best = epoch.validation_score;
      best_epoch = epoch.epoch;
    }
  CHECK(static_cast<int>(result.epochs.size()) == best_epoch + 2);
  CHECK(result.validation.score == best);
  CHECK(evaluate(result.model, data, sets.validation, sets.normalisation).score == best);
  CHECK_THAT(result.message, Catch::Contains(std::to_string(best_epoch)));
}

TEST_CASE("without patience the last epoch's model is returned", "[training][train]") {
  const Dataset data = test::bars(200, 5);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  options.epochs = 5;
  options.schedule.kind = ScheduleKind::constant;
  const TrainResult result = train(test::bars_model(), sets, options, 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.validation.loss == result.epochs.back().validation_loss);
}

TEST_CASE("training can be cancelled in an epoch and after one", "[training][train]") {
  const Dataset data = test::bars(400, 1);
  const TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model();
  int asked = 0;
  const TrainHooks at_once{.on_epoch = {}, .cancelled = [&] { return ++asked == 2; }};
  const TrainResult during = train(start, sets, test::quick_options(), 1, at_once);
  CHECK(during.status == TrainStatus::cancelled);
  CHECK(during.epochs.empty());
  CHECK(during.model == start);

  const TrainHooks after_two{.on_epoch = [](const Epoch& e) { return e.epoch < 2; },
                             .cancelled = {}};
  const TrainResult after = train(start, sets, test::quick_options(), 1, after_two);
  CHECK(after.status == TrainStatus::cancelled);
  REQUIRE(after.epochs.size() == 2);
  CHECK(after.validation.loss == after.epochs.back().validation_loss);
  CHECK_FALSE(after.model == start);
}

TEST_CASE("no epochs only score", "[training][train]") {
  const Dataset data = test::bars(100, 1);
  TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model();
  TrainOptions options = test::quick_options();
  options.epochs = 0;
  const TrainResult result = train(start, sets, options, 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.model == start);
  CHECK(result.epochs.empty());
  CHECK(result.validation.loss == evaluate(start, data, sets.validation, sets.normalisation).loss);
}

TEST_CASE("training needs no validation set", "[training][train]") {
  const Dataset data = test::bars(400, 1);
  TrainData sets = test::three_quarters(data);
  const auto held_out = std::exchange(sets.validation, {});
  TrainOptions options = test::quick_options();
  options.patience = 1;  // has nothing to go by
  options.optimizer.ema = GENERATE(0.0, 0.9);
  const TrainResult result = train(test::bars_model(), sets, options, 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.epochs.size() == 4);
  CHECK_FALSE(result.validation.classes);
  CHECK(evaluate(result.model, data, held_out, sets.normalisation).score > 0.9);
}

TEST_CASE("the validation set has no say in the weights", "[training][train]") {
  const Dataset data = test::bars(200, 1);
  TrainData sets = test::three_quarters(data);
  TrainOptions options = with_everything();
  const Model with = train(test::bars_model(), sets, options, 1).model;
  sets.validation.clear();
  CHECK(train(test::bars_model(), sets, options, 1).model == with);
}

TEST_CASE("the genes of a network change its training", "[training][train]") {
  const Dataset data = test::bars(100, 1);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  options.epochs = 1;
  options.schedule.kind = ScheduleKind::constant;
  Model start = test::bars_model();
  start.architecture.genes = {.optimizer = "adam", .rate = 3.0, .label_smoothing = 0.1};
  const TrainResult by_genes = train(start, sets, options, 1);
  CHECK(by_genes.epochs[0].rate == Approx(0.003));

  Model plain = test::bars_model();
  options.optimizer = {.kind = OptimizerKind::adam, .rate = 3.0 * 1e-3};
  options.label_smoothing = 0.1;
  const TrainResult by_options = train(plain, sets, options, 1);
  CHECK(by_genes.model.weights == by_options.model.weights);
}

TEST_CASE("label smoothing raises the loss and calms the logits", "[training][train]") {
  const Dataset data = test::bars(400, 1);
  const TrainData sets = test::three_quarters(data);
  TrainOptions options = test::quick_options();
  const TrainResult sharp = train(test::bars_model(), sets, options, 1);
  options.label_smoothing = 0.2;
  const TrainResult smooth = train(test::bars_model(), sets, options, 1);
  // The best loss under smoothing is the entropy of the smoothed target, here 0.588.
  const double entropy = -0.85 * std::log(0.85) - 3 * 0.05 * std::log(0.05);
  CHECK(smooth.epochs.back().train_loss >= entropy);
  CHECK(sharp.epochs.back().train_loss < entropy);
  CHECK(smooth.validation.score > 0.9);
  CHECK(smooth.validation.classes->entropy > sharp.validation.classes->entropy);
  CHECK(smooth.validation.loss < smooth.epochs.back().train_loss);  // scored without smoothing
}

TEST_CASE("options and data that cannot be trained are refused", "[training][train]") {
  const Dataset data = test::bars(100, 1);
  const TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model();
  const auto refused = [&](auto change) {
    TrainOptions options = test::quick_options();
    TrainData changed = sets;
    change(options, changed);
    CHECK_THROWS_AS(train(start, changed, options, 1), std::invalid_argument);
  };
  refused([](TrainOptions& o, TrainData&) { o.batch = 0; });
  refused([](TrainOptions& o, TrainData&) { o.epochs = -1; });
  refused([](TrainOptions& o, TrainData&) { o.patience = -1; });
  refused([](TrainOptions& o, TrainData&) { o.threads = 0; });
  refused([](TrainOptions& o, TrainData&) { o.label_smoothing = 2; });
  refused([](TrainOptions& o, TrainData&) { o.optimizer.rate = -1; });
  refused([](TrainOptions& o, TrainData&) { o.schedule.peak_at = 2; });
  refused([](TrainOptions&, TrainData& d) { d.data = nullptr; });
  refused([](TrainOptions&, TrainData& d) { d.train.clear(); });
  refused([](TrainOptions&, TrainData& d) { d.train[0] = 1000; });
  const Dataset other = test::waves(100, 1);
  refused([&](TrainOptions&, TrainData& d) { d.data = &other; });
}

TEST_CASE("fewer examples than a batch train all the same", "[training][train]") {
  const Dataset data = test::bars(12, 1);
  const TrainData sets = test::three_quarters(data);
  const TrainResult result = train(test::bars_model(), sets, test::quick_options(), 1);
  CHECK(result.status == TrainStatus::finished);
  CHECK(result.epochs.size() == 4);
}

TEST_CASE("what training takes of memory has all its parts", "[training][memory]") {
  const Model model = test::bars_model();
  TrainOptions options;
  options.batch = 32;
  options.optimizer.momentum = 0;
  const std::size_t bare = training_bytes(model, 0, options);
  // A convolution may want scratch space for each thread it is made for.
  const auto network = [&](const NetworkOptions& of) {
    std::size_t bytes = 0;
    kernels::with_threads(options.threads, [&] { bytes = network_bytes(model, of); });
    return bytes;
  };
  CHECK(bare > network({.batch = 32}));
  const std::size_t parameters = 4 * static_cast<std::size_t>(costs(model.architecture).params);
  const auto with = [&](auto change) {
    TrainOptions other = options;
    change(other);
    return training_bytes(model, 0, other) - bare;
  };
  CHECK(with([](auto& o) { o.optimizer.momentum = 0.9; }) == parameters);
  CHECK(with([](auto& o) { o.optimizer.kind = OptimizerKind::adam; }) == 2 * parameters);
  CHECK(with([](auto& o) { o.optimizer.kind = OptimizerKind::rmsprop; }) == parameters);
  // The average, and the raw weights while the average is being scored.
  CHECK(with([](auto& o) { o.optimizer.ema = 0.99; }) == 2 * parameters);
  const auto scorer = [&](std::size_t validation) {
    return training_bytes(model, validation, options) - bare;
  };
  CHECK(scorer(10) == network({.batch = 10, .pass = kernels::Pass::inference}));
  CHECK(scorer(10) < scorer(100));
  CHECK(scorer(256) == scorer(1000));  // in batches of 256
}

TEST_CASE("what is frozen stays to the bit and the rest learns", "[training][train]") {
  const Dataset data = test::bars(200, 2);
  const TrainData sets = test::three_quarters(data);
  const Model start = test::bars_model();
  const std::string first = start.architecture.nodes.front().id;
  TrainOptions options = test::quick_options();
  options.epochs = 1;
  options.optimizer.weight_decay = 0.01;
  options.freeze = {first.substr(0, 1) + "*"};
  const Model trained = train(start, sets, options, 1).model;
  bool learnt = false;
  for (const auto& [name, tensor] : start.weights) {
    if (name.ends_with(".mean") || name.ends_with(".variance")) continue;
    INFO(name);
    if (name.substr(0, 1) == first.substr(0, 1))
      CHECK(trained.weights.at(name).data == tensor.data);
    else
      learnt = learnt || trained.weights.at(name).data != tensor.data;
  }
  CHECK(learnt);
}
