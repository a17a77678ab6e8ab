#include "kernels/softmax.hpp"

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck::kernels;
using lamarck::Random;

namespace {

using Floats = std::vector<float>;

Floats random_floats(std::size_t count, Random& random, double spread = 3) {
  Floats values(count);
  for (float& v : values) v = static_cast<float>(random.uniform(-spread, spread));
  return values;
}

/// d loss / d values[i], by central differences.
template <class Loss>
double difference(Floats values, std::size_t i, const Loss& loss) {
  const float middle = values[i], step = 0.0078125F;
  values[i] = middle + step;
  const double above = loss(values);
  values[i] = middle - step;
  return (above - loss(values)) / (2 * static_cast<double>(step));
}

}  // namespace

TEST_CASE("softmax makes rows of probabilities", "[softmax]") {
  const Floats logits{1, 2, 3, 0, 0, 0};
  Floats p(6);
  softmax(logits, 3, p);
  const double sum = std::exp(-2) + std::exp(-1) + 1;
  CHECK(p[0] == Approx(std::exp(-2) / sum));
  CHECK(p[1] == Approx(std::exp(-1) / sum));
  CHECK(p[2] == Approx(1 / sum));
  CHECK(p[4] == Approx(1.0 / 3));
  Floats in_place = logits;
  softmax(in_place, 3, in_place);
  CHECK(in_place == p);
}

TEST_CASE("softmax stands logits of any size", "[softmax]") {
  const Floats logits{1e4F, 1e4F, -1e4F, 3e38F, -3e38F, 0};
  Floats p(6);
  softmax(logits, 3, p);
  CHECK(p[0] == Approx(0.5));
  CHECK(p[2] == 0);
  CHECK(p[3] == 1);
  CHECK(p[4] == 0);
  const std::vector<int> labels{0, 0};
  CHECK(softmax_cross_entropy(logits, labels, 3, 0.0, {}) == Approx(std::log(2.0) / 2));
}

TEST_CASE("the gradient of softmax agrees with differences", "[softmax]") {
  Random random{1};
  for (const std::size_t classes : {1U, 2U, 10U}) {
    const Floats logits = random_floats(2 * classes, random),
                 dp = random_floats(2 * classes, random);
    const auto loss = [&](const Floats& x) {
      Floats p(x.size());
      softmax(x, classes, p);
      return std::inner_product(p.begin(), p.end(), dp.begin(), 0.0);
    };
    Floats p(logits.size()), dx(logits.size());
    softmax(logits, classes, p);
    softmax_backward(p, dp, classes, dx);
    for (std::size_t i = 0; i < dx.size(); ++i)
      CHECK(dx[i] == Approx(difference(logits, i, loss)).margin(1e-3));
  }
}

TEST_CASE("cross-entropy takes its known values", "[softmax]") {
  const Floats even(10, 0.0F);
  const std::vector<int> label{4};
  CHECK(softmax_cross_entropy(even, label, 10, 0.0, {}) == Approx(std::log(10.0)));
  CHECK(softmax_cross_entropy(even, label, 10, 0.3, {}) == Approx(std::log(10.0)));
  const Floats logits{0, std::log(3.0F)};  // probabilities 1/4 and 3/4
  const std::vector<int> first{0};
  CHECK(softmax_cross_entropy(logits, first, 2, 0.0, {}) == Approx(std::log(4.0)));
  CHECK(softmax_cross_entropy(logits, first, 2, 0.2, {}) ==
        Approx(0.9 * std::log(4.0) + 0.1 * std::log(4.0 / 3)));
  const Floats targets{0.9F, 0.1F};
  CHECK(softmax_cross_entropy(logits, targets, 2, {}) ==
        Approx(0.9 * std::log(4.0) + 0.1 * std::log(4.0 / 3)));
}

TEST_CASE("the gradient of cross-entropy agrees with differences", "[softmax]") {
  Random random{2};
  for (const std::size_t classes : {1U, 2U, 10U})
    for (const double smoothing : {0.0, 0.1, 1.0}) {
      const std::size_t rows = 3;
      const Floats logits = random_floats(rows * classes, random);
      std::vector<int> labels(rows);
      for (int& label : labels) label = static_cast<int>(random.below(classes));
      Floats targets(logits.size());
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < classes; ++k)
          targets[r * classes + k] =
              static_cast<float>(smoothing / static_cast<double>(classes) +
                                 (labels[r] == static_cast<int>(k) ? 1 - smoothing : 0));
      Floats dx(logits.size()), soft(logits.size());
      const double loss = softmax_cross_entropy(logits, labels, classes, smoothing, dx);
      CHECK(softmax_cross_entropy(logits, targets, classes, soft) == Approx(loss).epsilon(1e-6));
      const auto of = [&](const Floats& x) {
        return softmax_cross_entropy(x, labels, classes, smoothing, {});
      };
      for (std::size_t i = 0; i < dx.size(); ++i) {
        CHECK(dx[i] == Approx(difference(logits, i, of)).margin(1e-3));
        CHECK(soft[i] == Approx(dx[i]).margin(1e-6));
      }
    }
}

TEST_CASE("softmax refuses sizes and labels that do not fit", "[softmax]") {
  const Floats logits(6);
  Floats out(6), small(5);
  const auto loss = [&](std::vector<int> labels, double smoothing = 0.0) {
    return softmax_cross_entropy(logits, labels, 3, smoothing, {});
  };
  CHECK_NOTHROW(loss({0, 2}));
  CHECK_THROWS_AS(loss({0}), std::invalid_argument);
  CHECK_THROWS_AS(loss({0, 3}), std::invalid_argument);
  CHECK_THROWS_AS(loss({-1, 0}), std::invalid_argument);
  CHECK_THROWS_AS(loss({0, 0}, 1.5), std::invalid_argument);
  CHECK_THROWS_AS(softmax(logits, 4, out), std::invalid_argument);
  CHECK_THROWS_AS(softmax(logits, 0, out), std::invalid_argument);
  CHECK_THROWS_AS(softmax(logits, 3, small), std::invalid_argument);
  CHECK_THROWS_AS(softmax_backward(logits, logits, 3, small), std::invalid_argument);
  CHECK_THROWS_AS(softmax_cross_entropy(logits, Floats(5), 3, {}), std::invalid_argument);
  CHECK_THROWS_AS(softmax_cross_entropy(logits, Floats(6), 3, small), std::invalid_argument);
}
