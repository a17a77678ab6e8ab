#include <limits>
#include <vector>

#include "nn/training/metrics.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn;
using Numbers = std::vector<float>;

TEST_CASE("errors of a regressor by hand", "[training][metrics]") {
  const auto r = regression(Numbers{1, 2, 3}, Numbers{1, 2, 5});
  CHECK(r.examples == 3);
  CHECK(r.mse == Approx(4.0 / 3));
  CHECK(r.mae == Approx(2.0 / 3));
  // total: mean 8/3, (25 + 4 + 49) / 9; residual: 4
  CHECK(r.r2 == Approx(1 - 4 / (78.0 / 9)));
}

TEST_CASE("several outputs are scored as scikit-learn does", "[training][metrics]") {
  // The example of sklearn.metrics.r2_score with multioutput='variance_weighted': 0.938...; of
  // mean_squared_error: 0.708...; of mean_absolute_error: 0.75. Totals of the columns by hand:
  // 36.1667 + 32.6667; residuals 1.25 + 3.
  const auto r = regression(Numbers{0, 2, -1, 2, 8, -5}, Numbers{0.5F, 1, -1, 1, 7, -6}, 2);
  CHECK(r.examples == 3);
  CHECK(r.mse == Approx(4.25 / 6));
  CHECK(r.mae == Approx(0.75));
  CHECK(r.r2 == Approx(1 - 4.25 / (36.0 + 1.0 / 6 + 32.0 + 2.0 / 3)));
}

TEST_CASE("perfect useless and worse than useless regressors", "[training][metrics]") {
  const Numbers targets{1, 2, 3, 6};
  CHECK(regression(targets, targets).r2 == 1.0);
  CHECK(regression(Numbers(4, 3.0F), targets).r2 == Approx(0.0).margin(1e-12));
  CHECK(regression(Numbers{6, 3, 2, 1}, targets).r2 < 0);
}

TEST_CASE("constant targets have no R2 to speak of", "[training][metrics]") {
  CHECK(regression(Numbers(3, 2.0F), Numbers(3, 2.0F)).r2 == 0.0);
  CHECK(regression(Numbers{1, 2, 3}, Numbers(3, 2.0F)).r2 == 0.0);
  // Two outputs, each constant, though not the same.
  CHECK(regression(Numbers{1, 9, 1, 9}, Numbers{1, 9, 1, 9}, 2).r2 == 0.0);
}

TEST_CASE("outputs that are not finite score the worst", "[training][metrics]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  const auto r = regression(Numbers{1, bad}, Numbers{1, 2});
  CHECK(r.mse == kInfinity);
  CHECK(r.mae == kInfinity);
  CHECK(r.r2 == -kInfinity);
}

TEST_CASE("nothing to regress and sizes that disagree", "[training][metrics]") {
  CHECK(regression({}, {}).examples == 0);
  CHECK(regression({}, {}).r2 == 0.0);
  CHECK_THROWS_AS(regression(Numbers(2), Numbers(3)), std::invalid_argument);
  CHECK_THROWS_AS(regression(Numbers(3), Numbers(3), 2), std::invalid_argument);
  CHECK_THROWS_AS(regression({}, {}, 0), std::invalid_argument);
}
