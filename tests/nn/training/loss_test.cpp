#include "nn/training/loss.hpp"

#include <stdexcept>
#include <vector>

#include "tests/catch.hpp"

using namespace lamarck::nn;
using Numbers = std::vector<float>;

TEST_CASE("mean squared error by hand", "[training][loss]") {
  Numbers gradient(4);
  // errors 0, 1, -2, 1: squares sum to 6
  const double loss = mean_squared_error(Numbers{1, 2, 3, 4}, Numbers{1, 1, 5, 3}, gradient);
  CHECK(loss == Approx(1.5));
  CHECK(gradient == Numbers{0, 0.5F, -1, 0.5F});
  CHECK(mean_squared_error(Numbers{1}, Numbers{3}, {}) == 4.0);
}

TEST_CASE("the gradient of mean squared error is its slope", "[training][loss]") {
  Numbers outputs{0.5F, -1, 2, 0.25F, 3};
  const Numbers targets{1, 1, -1, 0, 2.5F};
  Numbers gradient(outputs.size());
  mean_squared_error(outputs, targets, gradient);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto up = outputs;
    auto down = outputs;
    up[i] += 0.25F;
    down[i] -= 0.25F;
    const double slope =
        (mean_squared_error(up, targets, {}) - mean_squared_error(down, targets, {})) / 0.5;
    CHECK(gradient[i] == Approx(slope));
  }
}

TEST_CASE("right rows are counted and ties go to the lower class", "[training][loss]") {
  const Numbers logits{1, 2, 2, 1, 3, 3};
  CHECK(count_right(logits, std::vector<int>{1, 0, 0}, 2) == 3);
  CHECK(count_right(logits, std::vector<int>{0, 1, 1}, 2) == 0);
  CHECK(count_right(logits, std::vector<int>{1, 2}, 3) == 1);
}

TEST_CASE("losses refuse sizes that disagree", "[training][loss]") {
  Numbers three(3);
  CHECK_THROWS_AS(mean_squared_error(Numbers(2), Numbers(3), {}), std::invalid_argument);
  CHECK_THROWS_AS(mean_squared_error(Numbers(2), Numbers(2), three), std::invalid_argument);
  CHECK_THROWS_AS(mean_squared_error({}, {}, {}), std::invalid_argument);
  CHECK_THROWS_AS(count_right(three, std::vector<int>{0}, 2), std::invalid_argument);
}
