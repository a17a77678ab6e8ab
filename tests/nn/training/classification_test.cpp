#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels/random.hpp"
#include "nn/training/metrics.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

// Logits that predict these classes.
std::vector<float> predicting(const std::vector<int>& predictions, std::size_t classes) {
  std::vector<float> logits(predictions.size() * classes, 0.0F);
  for (std::size_t i = 0; i < predictions.size(); ++i)
    logits[i * classes + static_cast<std::size_t>(predictions[i])] = 1.0F;
  return logits;
}

}  // namespace

TEST_CASE("macro scores are those of scikit-learn's example", "[training][metrics]") {
  // sklearn.metrics.precision_recall_fscore_support, the example of its documentation:
  // class 0: 2 of 3 predictions right, both found; classes 1 and 2: none right
  const std::vector<int> truth{0, 1, 2, 0, 1, 2};
  const auto c = classification(predicting({0, 2, 1, 0, 0, 1}, 3), truth, 3);
  CHECK(c.examples == 6);
  CHECK(c.accuracy == Approx(2.0 / 6));
  CHECK(c.precision == Approx(2.0 / 9));  // (2/3 + 0 + 0) / 3
  CHECK(c.recall == Approx(1.0 / 3));     // (1 + 0 + 0) / 3
  CHECK(c.f1 == Approx(0.8 / 3));         // (2 * 2/3 * 1 / (2/3 + 1) + 0 + 0) / 3
  CHECK(c.per_class[0].precision == Approx(2.0 / 3));
  CHECK(c.per_class[0].recall == 1.0);
  CHECK(c.per_class[0].f1 == Approx(0.8));
  CHECK(c.per_class[1].f1 == 0.0);
  CHECK(c.per_class[2].support == 2);
  CHECK(c.confusion == std::vector<std::vector<std::size_t>>{{2, 0, 0}, {1, 0, 1}, {0, 2, 0}});
}

TEST_CASE("classes that never occur do not count in macro scores", "[training][metrics]") {
  // Truths 0 and 1, predictions 0, 1 and 3; 2 and 4 occur nowhere.
  const auto c = classification(predicting({0, 1, 3, 0}, 5), std::vector<int>{0, 1, 1, 1}, 5);
  CHECK(c.precision == Approx((0.5 + 1 + 0) / 3));
  CHECK(c.recall == Approx((1 + 1.0 / 3 + 0) / 3));
  CHECK(c.f1 == Approx((2.0 / 3 + 0.5 + 0) / 3));  // 2 right / (predicted + support)
  CHECK(c.per_class.size() == 5);
  CHECK(c.per_class[4].support == 0);
}

TEST_CASE("loss calibration and entropy by hand", "[training][metrics]") {
  // Five rows with confidence 0.8, three of them right; five with 0.6, four of them right.
  std::vector<float> logits;
  std::vector<int> labels;
  for (int i = 0; i < 10; ++i) {
    logits.push_back(i < 5 ? std::log(4.0F) : std::log(1.5F));
    logits.push_back(0.0F);
    labels.push_back(i < 3 || (i >= 5 && i < 9) ? 0 : 1);
  }
  const auto c = classification(logits, labels, 2);
  CHECK(c.accuracy == Approx(0.7));
  CHECK(c.calibration_error == Approx(0.2));  // |3 - 4| / 10 + |4 - 3| / 10
  CHECK(c.loss ==
        Approx(-(3 * std::log(0.8) + 2 * std::log(0.2) + 4 * std::log(0.6) + std::log(0.4)) / 10));
  const auto entropy = [](double p) { return -p * std::log(p) - (1 - p) * std::log(1 - p); };
  CHECK(c.entropy == Approx((entropy(0.8) + entropy(0.6)) / 2));
  CHECK(c.k == 2);
  CHECK(c.top_k == 1.0);
}

TEST_CASE("certain and clueless predictions", "[training][metrics]") {
  const auto certain =
      classification(std::vector<float>{1e4F, 0, 0, -1e4F, 1e4F, 0}, std::vector<int>{0, 1}, 3);
  CHECK(certain.loss == 0.0);
  CHECK(certain.entropy == 0.0);
  CHECK(certain.calibration_error == 0.0);
  const auto wrong = classification(std::vector<float>{1e4F, 0, 0}, std::vector<int>{2}, 3);
  CHECK(wrong.loss == Approx(1e4));
  CHECK(wrong.calibration_error == 1.0);
  const auto clueless = classification(std::vector<float>(30, 7.0F), std::vector<int>(3, 0), 10);
  CHECK(clueless.loss == Approx(std::log(10)));
  CHECK(clueless.entropy == Approx(std::log(10)));
  CHECK(clueless.calibration_error == Approx(0.9));  // right each time at confidence 0.1
}

TEST_CASE("of equal logits the lower class comes first", "[training][metrics]") {
  const std::vector<float> equal{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const auto c = classification(equal, std::vector<int>{0, 1, 2, 3}, 4, 2);
  CHECK(c.accuracy == 0.25);
  CHECK(c.top_k == 0.5);  // of labels 0 and 1
  for (std::size_t truth = 0; truth < 4; ++truth) CHECK(c.confusion[truth][0] == 1);
  // Second place is shared by 0 and 2: the lower one has it.
  const std::vector<float> shared{1, 2, 1, 0};
  CHECK(classification(shared, std::vector<int>{0}, 4, 2).top_k == 1.0);
  CHECK(classification(shared, std::vector<int>{2}, 4, 2).top_k == 0.0);
}

TEST_CASE("rows that are not finite are wrong and spoil only the loss", "[training][metrics]") {
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
               -std::numeric_limits<float>::infinity());
  const std::vector<float> logits{3, 0, bad, 0, 0, 3, 0, bad};
  const auto c = classification(logits, std::vector<int>{0, 0, 1, 0}, 2);
  CHECK(c.accuracy == 0.5);
  CHECK(c.top_k == 0.5);
  CHECK(c.loss == std::numeric_limits<double>::infinity());
  CHECK(c.confusion == std::vector<std::vector<std::size_t>>{{1, 0}, {0, 1}});
  CHECK(c.per_class[0].support == 3);
  CHECK(c.per_class[0].recall == Approx(1.0 / 3));
  CHECK(c.per_class[0].precision == 1.0);
  const auto finite = classification(std::vector<float>{3, 0, 0, 3}, std::vector<int>{0, 1}, 2);
  CHECK(c.calibration_error == finite.calibration_error);
  CHECK(c.entropy == finite.entropy);
  const auto none = classification(std::vector<float>{bad, 0}, std::vector<int>{0}, 2);
  CHECK(none.accuracy == 0.0);
  CHECK(none.calibration_error == 0.0);
  CHECK(none.entropy == 0.0);
}

TEST_CASE("one class is always right", "[training][metrics]") {
  const auto c = classification(std::vector<float>{-3, 8}, std::vector<int>{0, 0}, 1);
  CHECK(c.accuracy == 1.0);
  CHECK(c.top_k == 1.0);
  CHECK(c.k == 1);
  CHECK(c.loss == 0.0);
  CHECK(c.f1 == 1.0);
}

TEST_CASE("nothing to score scores zero", "[training][metrics]") {
  const auto c = classification({}, {}, 3);
  CHECK(c.examples == 0);
  CHECK(c.accuracy == 0.0);
  CHECK(c.loss == 0.0);
  CHECK(c.f1 == 0.0);
  CHECK(c.confusion.size() == 3);
}

TEST_CASE("what holds of the scores of any logits", "[training][metrics]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random{seed, "metrics"};
    const std::size_t classes = 1 + random.below(12);
    const std::size_t examples = 1 + random.below(60);
    const int k = static_cast<int>(1 + random.below(6));
    std::vector<float> logits(classes * examples);
    std::vector<int> labels(examples);
    for (float& x : logits) x = static_cast<float>(2 * random.normal());
    for (int& label : labels) label = static_cast<int>(random.below(classes));
    const auto c = classification(logits, labels, classes, k);

    std::size_t cells = 0;
    std::size_t diagonal = 0;
    double weighted_recall = 0;
    for (std::size_t i = 0; i < classes; ++i) {
      cells += std::accumulate(c.confusion[i].begin(), c.confusion[i].end(), std::size_t{0});
      diagonal += c.confusion[i][i];
      weighted_recall += c.per_class[i].recall * static_cast<double>(c.per_class[i].support);
    }
    const auto n = static_cast<double>(examples);
    CHECK(cells == examples);
    CHECK(c.accuracy == Approx(static_cast<double>(diagonal) / n));
    CHECK(c.accuracy == Approx(weighted_recall / n));
    CHECK(c.top_k >= c.accuracy);
    CHECK(classification(logits, labels, classes, 1).top_k == c.accuracy);
    CHECK(classification(logits, labels, classes, static_cast<int>(classes)).top_k == 1.0);
    CHECK((c.calibration_error >= 0 && c.calibration_error <= 1));
    CHECK((c.entropy >= -1e-12 && c.entropy <= std::log(static_cast<double>(classes)) + 1e-12));
    CHECK(c.loss >= 0);

    // A shift of all logits of a row changes no probability.
    auto shifted = logits;
    for (std::size_t i = 0; i < shifted.size(); ++i)
      shifted[i] += static_cast<float>(i / classes % 7);
    const auto same = classification(shifted, labels, classes, k);
    CHECK(same.loss == Approx(c.loss).margin(1e-6));
    CHECK(same.entropy == Approx(c.entropy).margin(1e-6));
  }
}

TEST_CASE("logits and labels that do not fit are refused", "[training][metrics]") {
  const std::vector<float> logits(6);
  CHECK_THROWS_AS(classification(logits, std::vector<int>{0}, 3), std::invalid_argument);
  CHECK_THROWS_AS(classification(logits, std::vector<int>{0, 3}, 3), std::invalid_argument);
  CHECK_THROWS_AS(classification(logits, std::vector<int>{0, -1}, 3), std::invalid_argument);
  CHECK_THROWS_AS(classification(logits, std::vector<int>{0, 1}, 3, 0), std::invalid_argument);
  CHECK_THROWS_AS(classification({}, {}, 0), std::invalid_argument);
}
