// Learning curves extrapolated: exact on their own law, careful elsewhere.
#include "nn/proxies/learning_curve.hpp"

#include <cmath>
#include <vector>

#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {

std::vector<double> curve(double a, double b, double c, int epochs) {
  std::vector<double> scores;
  for (int epoch = 1; epoch <= epochs; ++epoch) scores.push_back(a - b * std::pow(epoch, -c));
  return scores;
}

}  // namespace

TEST_CASE("a curve of the law is continued exactly", "[learning_curve]") {
  CHECK(extrapolated(std::vector<double>{0.5, 0.7}, 4) == Approx(0.8));
  for (const int epochs : {2, 3, 5, 10})
    CHECK(extrapolated(curve(0.95, 0.6, 1, epochs), 40) == Approx(0.95 - 0.6 / 40));
}

TEST_CASE("of other rising curves it comes closer than the last score", "[learning_curve]") {
  for (const double c : {0.4, 0.7, 1.1})
    for (const int epochs : {3, 5, 10}) {
      INFO("exponent " << c << ", " << epochs << " epochs");
      const auto whole = curve(0.9, 0.5, c, 30);
      const std::vector<double> begun{whole.begin(), whole.begin() + epochs};
      const double guess = extrapolated(begun, 30);
      CHECK(guess > begun.back());
      CHECK(std::abs(guess - whole.back()) < std::abs(begun.back() - whole.back()));
    }
}

TEST_CASE("what is no rising curve stays at its last score", "[learning_curve]") {
  CHECK(extrapolated(std::vector<double>{0.4}, 10) == 0.4);
  CHECK(extrapolated(std::vector<double>{0.6, 0.5, 0.4, 0.3}, 10) == 0.3);
  CHECK(extrapolated(std::vector<double>{0.5, 0.5, 0.5}, 10) == 0.5);
  CHECK(extrapolated(curve(0.9, 0.5, 1, 5), 5) == Approx(0.8));  // nothing lies beyond
  CHECK_THROWS_AS(extrapolated({}, 3), std::invalid_argument);
}

TEST_CASE("an extrapolated score is at most 1 and never NaN", "[learning_curve]") {
  CHECK(extrapolated(std::vector<double>{0.1, 0.5, 0.9}, 1000) == 1);
  const double value = extrapolated(std::vector<double>{0.1, std::nan(""), 0.5, 0.6}, 8);
  CHECK(value > 0.6);
  CHECK(value <= 1);
  // Losses, negated, are above 1 for nobody; a last score above 1 stays.
  CHECK(extrapolated(std::vector<double>{-2.0, -1.0}, 4) == Approx(-0.5));
}
