// Costs on a logarithmic scale: twice as much is as far at either end.
#include "search/methods/cost_scale.hpp"

#include <cmath>

#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck::search;
using namespace lamarck::test;

TEST_CASE("costs that the space knows are logarithmic, what is measured stays", "[cost_scale]") {
  const BitSpace space{8};
  CostScale scale{space, kScoreAndOnes};
  scale.fit(std::vector<Point>{{-0.9, 400}, {-0.5, 2}, {-0.1, 0}});
  CHECK(scale(0, -0.9) == -0.9);
  CHECK(scale(1, 0) == 0);
  CHECK(scale(1, 2) == Approx(std::log(2)));
  // Far above the unit a factor of two is as much anywhere.
  CHECK(scale(1, 8e6) - scale(1, 4e6) == Approx(std::log(2)).margin(1e-5));
  CHECK(scale(1, 8e4) - scale(1, 4e4) == Approx(std::log(2)).margin(1e-4));
  CHECK(scale(Point{-0.9, 2}) == Point{-0.9, scale(1, 2)});
  double last = scale(1, 0);
  for (double cost = 0.01; cost < 1e9; cost *= 1.7) {
    CHECK(scale(1, cost) > last);
    last = scale(1, cost);
  }
}

TEST_CASE("a scale without a cost above zero to go by leaves costs as they are", "[cost_scale]") {
  const BitSpace space{8};
  CostScale scale{space, kScoreAndOnes};
  for (const std::vector<Point>& front : {std::vector<Point>{}, {{-0.5, 0}}}) {
    scale.fit(front);
    CHECK(scale(1, 7) == 7);
  }
  // What the space does not know may be negative, and is no cost.
  Objectives unknown{.list = {{.metric = "score"}, {.metric = "latency", .maximize = false}}};
  CostScale other{space, unknown};
  other.fit(std::vector<Point>{{-1, 5}});
  CHECK(other(1, 5) == 5);
}

TEST_CASE("the unit is that of the costs, so their own unit does not matter", "[cost_scale]") {
  const BitSpace space{8};
  CostScale small{space, kScoreAndOnes}, large{space, kScoreAndOnes};
  small.fit(std::vector<Point>{{0, 0.003}, {0, 0.4}});
  large.fit(std::vector<Point>{{0, 3000}, {0, 400000}});
  CHECK(small(1, 0.05) == Approx(large(1, 50000)));
}
