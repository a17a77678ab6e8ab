#include <algorithm>
#include <stdexcept>

#include "nn/training/train.hpp"
#include "tests/catch.hpp"
#include "tests/nn/training/easy_problems.hpp"
#include "tests/support/winograd.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("outputs do not depend on the batch size", "[training][evaluate]") {
  const Dataset data = test::bars(37, 1);
  const TrainData sets = test::three_quarters(data);
  const Model model = test::bars_model();
  std::vector<std::uint32_t> all(37);
  std::iota(all.begin(), all.end(), 0U);
  const auto expected = predict(model, data, all, sets.normalisation, {.batch = 37});
  REQUIRE(expected.size() == 37 * 4);
  for (const int batch : {1, 5, 36, 256}) {
    const auto found = predict(model, data, all, sets.normalisation, {.batch = batch});
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      REQUIRE(found[i] == Approx(expected[i]).epsilon(1e-4).margin(1e-5));
    const Score score = evaluate(model, data, all, sets.normalisation, {.batch = batch});
    CHECK(score.classes->examples == 37);
    CHECK(score.loss == Approx(evaluate(model, data, all, sets.normalisation).loss).epsilon(1e-4));
  }
}

TEST_CASE("outputs are those of the examples in their order", "[training][evaluate]") {
  const Dataset data = test::bars(20, 1);
  const TrainData sets = test::three_quarters(data);
  const Model model = test::bars_model();
  const auto forth = predict(model, data, std::vector<std::uint32_t>{3, 11, 3}, sets.normalisation);
  const auto back = predict(model, data, std::vector<std::uint32_t>{11, 3, 11}, sets.normalisation);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(forth[i] == Approx(back[4 + i]));
    CHECK(forth[4 + i] == Approx(back[i]));
    CHECK(forth[8 + i] == Approx(forth[i]));
  }
}

TEST_CASE("scores are the metrics of the outputs", "[training][evaluate]") {
  const Dataset images = test::bars(30, 1);
  const TrainData sets = test::three_quarters(images);
  const Model model = test::bars_model();
  const auto logits = predict(model, images, sets.validation, sets.normalisation);
  std::vector<int> labels;
  for (const auto i : sets.validation) labels.push_back(images.labels[i]);
  const Score score = evaluate(model, images, sets.validation, sets.normalisation);
  CHECK(score.loss == classification(logits, labels, 4).loss);
  CHECK(score.score == classification(logits, labels, 4).accuracy);
  CHECK_FALSE(score.numbers);

  const Dataset numbers = test::waves(30, 1);
  const TrainData other = test::three_quarters(numbers);
  const Model regressor = test::waves_model();
  const auto outputs = predict(regressor, numbers, other.validation, other.normalisation);
  std::vector<float> targets;
  for (const auto i : other.validation)
    for (std::size_t k = 0; k < 2; ++k) targets.push_back(numbers.targets[2 * i + k]);
  const Score r2 = evaluate(regressor, numbers, other.validation, other.normalisation);
  CHECK(r2.score == regression(outputs, targets, 2).r2);
  CHECK(r2.loss == regression(outputs, targets, 2).mse);
}

TEST_CASE("Winograd's method can be kept out of scores", "[training][evaluate]") {
  const Dataset data = test::bars(64, 1);
  const TrainData sets = test::three_quarters(data);
  const Model model = test::bars_model();  // 8 to 8 channels on 8x8 images: of the kind
  const auto outputs = [&](bool winograd) {
    return predict(model, data, sets.train, sets.normalisation, {.winograd = winograd});
  };
  const bool used = outputs(true) != outputs(false);  // they round differently
  CHECK(used == test::has_winograd());
  const Score with = evaluate(model, data, sets.train, sets.normalisation),
              without = evaluate(model, data, sets.train, sets.normalisation, {.winograd = false});
  CHECK((with.loss != without.loss) == used);
  CHECK(with.loss == Approx(without.loss).epsilon(1e-4));
  // What training reports is scored as it was trained.
  TrainOptions direct;
  direct.epochs = 1;
  direct.batch = 16;
  direct.winograd = false;
  const TrainResult result = train(model, sets, direct, 1);
  CHECK(
      result.validation.loss ==
      evaluate(result.model, data, sets.validation, sets.normalisation, {.winograd = false}).loss);
}

TEST_CASE("a network that does not fit the data is refused with both", "[training][evaluate]") {
  const Dataset data = test::bars(20, 1);
  const TrainData sets = test::three_quarters(data);
  CHECK_THROWS_WITH(
      evaluate(test::waves_model(), data, sets.validation, sets.normalisation),
      Catch::Contains("2x1x1") && Catch::Contains("1x8x8") && Catch::Contains("bars"));
  CHECK_THROWS_AS(evaluate(test::bars_model(), data, {}, sets.normalisation),
                  std::invalid_argument);
  CHECK_THROWS_AS(
      evaluate(test::bars_model(), data, sets.validation, sets.normalisation, {.batch = 0}),
      std::invalid_argument);
  CHECK_THROWS_AS(evaluate(test::bars_model(), data, sets.validation, sets.normalisation,
                           {.batch = 8, .threads = 0}),
                  std::invalid_argument);
}
