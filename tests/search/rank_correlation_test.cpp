// Rank correlations against worked examples, with and without ties.
#include "search/rank_correlation.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;
using List = std::vector<double>;

TEST_CASE("correlations of rankings worked by hand", "[rank_correlation]") {
  const List a{1, 2, 3, 4, 5};
  // One swap of neighbours: d = {0, 0, 0, 1, -1}, 1 - 6 * 2 / (5 * 24) = 0.9; 9 pairs of 10 agree.
  const List b{10, 20, 30, 50, 40};
  CHECK(spearman(a, b)->value == Approx(0.9));
  CHECK(kendall(a, b)->value == Approx(0.8));
  CHECK(spearman(a, a)->value == Approx(1));
  CHECK(kendall(a, a)->value == Approx(1));
  CHECK(kendall(a, a)->standard_error == Approx(0).margin(1e-12));
  const List down{5, 4, 3, 2, 1};
  CHECK(spearman(a, down)->value == Approx(-1));
  CHECK(kendall(a, down)->value == Approx(-1));
}

TEST_CASE("ties share their ranks", "[rank_correlation]") {
  // Ranks {1, 2.5, 2.5, 4, 5} and {1, 2, 3.5, 3.5, 5}: deviations {-2, -.5, -.5, 1, 2} and
  // {-2, -1, .5, .5, 2}; 4 + .5 - .25 + .5 + 4 = 8.75 over sqrt(9.5 * 9.5).
  const List a{1, 2, 2, 3, 4};
  const List b{1, 2, 3, 3, 4};
  CHECK(spearman(a, b)->value == Approx(8.75 / 9.5));
  // Of ten pairs one is tied in a, another in b, the other eight agree: 8 / sqrt(9 * 9).
  CHECK(kendall(a, b)->value == Approx(8.0 / 9));
}

TEST_CASE("what no correlation can be had from gives none", "[rank_correlation]") {
  const List few{1, 2, 3, 4};
  CHECK_FALSE(spearman(few, few));
  CHECK_FALSE(kendall(few, few));
  const List flat{7, 7, 7, 7, 7};
  const List a{1, 2, 3, 4, 5};
  CHECK_FALSE(spearman(a, flat));
  CHECK_FALSE(kendall(flat, a));
  CHECK_THROWS_AS(spearman(a, few), std::invalid_argument);
  const List odd{1, 2, std::nan(""), 4, 5};
  CHECK_THROWS_AS(kendall(odd, a), std::invalid_argument);
  const double infinity = std::numeric_limits<double>::infinity();
  const List tied{-infinity, -infinity, 1, 2, infinity};
  CHECK(kendall(tied, tied)->value == Approx(1));
}

TEST_CASE("standard errors are those of repeated samples", "[rank_correlation]") {
  // Pairs that share half of their variance, many times over.
  constexpr int kSamples = 1500;
  constexpr std::size_t kPairs = 40;
  double sums[2] = {0, 0};
  double squares[2] = {0, 0};
  double errors[2] = {0, 0};
  Random random{5};
  for (int i = 0; i < kSamples; ++i) {
    List a;
    List b;
    for (std::size_t j = 0; j < kPairs; ++j) {
      const double common = random.normal();
      a.push_back(common + random.normal());
      b.push_back(common + random.normal());
    }
    const Correlation found[2]{*spearman(a, b), *kendall(a, b)};
    for (int k = 0; k < 2; ++k) {
      sums[k] += found[k].value;
      squares[k] += found[k].value * found[k].value;
      errors[k] += found[k].standard_error / kSamples;
    }
  }
  for (int k = 0; k < 2; ++k) {
    const double mean = sums[k] / kSamples;
    const double deviation = std::sqrt(squares[k] / kSamples - mean * mean);
    INFO("mean " << mean << ", deviation " << deviation << ", said " << errors[k]);
    CHECK(errors[k] == Approx(deviation).epsilon(0.12));
  }
}
