#include "nn/training/divergence.hpp"

#include <limits>

#include "tests/catch.hpp"

using namespace lamarck::nn;

TEST_CASE("a loss that is not finite is divergence at any step", "[training][divergence]") {
  const double bad =
      GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  for (int before = 0; before < 12; ++before) {
    DivergenceGuard guard{2.3};
    for (int i = 0; i < before; ++i) CHECK_FALSE(guard.watch(2.0));
    const auto found = guard.watch(bad);
    REQUIRE(found);
    CHECK_THAT(*found, Catch::StartsWith("loss is "));
  }
}

TEST_CASE("ten times the start is divergence after a few steps", "[training][divergence]") {
  DivergenceGuard guard{2.3};
  CHECK_FALSE(guard.watch(3.0));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(guard.watch(1000.0));  // early on, a high loss is no news
  CHECK_FALSE(guard.watch(29.9));
  CHECK(guard.watch(30.1));
}

TEST_CASE("a low start does not make a harmless rise divergence", "[training][divergence]") {
  DivergenceGuard guard{2.3};
  for (int i = 0; i < 10; ++i) CHECK_FALSE(guard.watch(0.01));  // inherited weights
  CHECK_FALSE(guard.watch(0.2));
  CHECK_FALSE(guard.watch(22.9));
  CHECK(guard.watch(23.1));
}
