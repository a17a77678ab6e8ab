#include "experiments/box.hpp"

#include <cmath>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/histories.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using Catch::Contains;
using lamarck::test::scored_history;
using search::Metrics;
using search::Status;

namespace {

const search::Objectives kBoth{{{"accuracy", true, 1.0}, {"macs", false, 1.0}},
                               search::Ranking::pareto};

Metrics scored(double accuracy, double macs) { return {{"accuracy", accuracy}, {"macs", macs}}; }

double inside(const std::string& box, const std::vector<std::pair<Status, Metrics>>& results,
              const search::Objectives& objectives = kBoth) {
  return hypervolume_in(parse_box(box, objectives), scored_history(results), objectives);
}

const std::string kBox = "macs=1e5:1e8:log,accuracy=0.8:1";

}  // namespace

TEST_CASE("a box is read with directions and scales", "[box]") {
  const auto box = parse_box("macs=100k:1e8:log,accuracy=0.8:1:linear,params=0:1M", kBoth);
  REQUIRE(box.size() == 3);
  CHECK(box[0] == BoxAxis{"macs", 1e5, 1e8, true, false});
  CHECK(box[1] == BoxAxis{"accuracy", 0.8, 1, false, true});
  CHECK(box[2] == BoxAxis{"params", 0, 1e6, false, false});
  const search::Objectives speed{{{"speed", true, 1.0}}, search::Ranking::pareto};
  CHECK(parse_box("speed=0:1", speed)[0].maximize);
  CHECK_FALSE(parse_box("speed=0:1", kBoth)[0].maximize);
}

TEST_CASE("a box that makes no sense is refused by the axis", "[box]") {
  for (const std::string bad :
       {"", "macs", "macs=1", "=1:2", "macs=1:2:3:4", "macs=1:2:cubic", "macs=a:2", "macs=2:1",
        "macs=1:1", "macs=0:5:log", "macs=1:2,", "macs=1:2,macs=1:3", "macs=1:"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_box(bad, kBoth), ConfigError);
  }
  CHECK_THROWS_WITH(parse_box("macs=1:2,accuracy=x:1", kBoth), Contains("accuracy=x:1"));
}

TEST_CASE("the hypervolume of a box is the share that is dominated", "[box]") {
  // One candidate in the middle of both axes: 10^6.5 MACs and 90 %.
  const double middle = std::pow(10.0, 6.5);
  CHECK(inside(kBox, {{Status::done, scored(0.9, middle)}}) == Approx(0.25));
  // Two thirds of the way down the cost axis at half accuracy, beside a costlier better one.
  CHECK(inside(kBox, {{Status::done, scored(0.9, 1e6)}, {Status::done, scored(0.95, 1e7)}}) ==
        Approx(0.5 * 2 / 3 + 0.25 / 3));
  CHECK(inside("macs=0:10,accuracy=0:1", {{Status::done, scored(0.5, 4)}}) == Approx(0.3));
  CHECK(inside("macs=0:10", {{Status::done, scored(0.5, 4)}}) == Approx(0.6));
}

TEST_CASE("what is beyond the box counts as its edge or not at all", "[box]") {
  CHECK(inside(kBox, {{Status::done, scored(1.0, 10)}}) == Approx(1.0));
  CHECK(inside(kBox, {{Status::done, scored(0.9, 10)}}) == Approx(0.5));
  CHECK(inside(kBox, {{Status::done, scored(0.8, 1e6)}}) == 0);
  CHECK(inside(kBox, {{Status::done, scored(0.7, 1e6)}}) == 0);
  CHECK(inside(kBox, {{Status::done, scored(0.9, 1e8)}}) == 0);
  CHECK(inside(kBox, {{Status::done, scored(0.9, 1e9)}}) == 0);
}

TEST_CASE("ties and NaN and failures neither count twice nor at all", "[box]") {
  const double nan = std::nan("");
  const double middle = std::pow(10.0, 6.5);
  const std::pair<Status, Metrics> good{Status::done, scored(0.9, middle)};
  CHECK(inside(kBox, {good, good, good}) == Approx(0.25));
  CHECK(inside(kBox, {good,
                      {Status::done, scored(nan, 1e5)},
                      {Status::done, scored(1, nan)},
                      {Status::done, {{"accuracy", 1.0}}},
                      {Status::failed, scored(1, 1e5)},
                      {Status::diverged, scored(1, 1e5)}}) == Approx(0.25));
  CHECK(inside(kBox, {}) == 0);
}

TEST_CASE("candidates that miss a bound are not in the box and unknown metrics are named",
          "[box]") {
  auto bounded = kBoth;
  bounded.list[0].bound = 0.85;
  CHECK(inside("macs=0:10,accuracy=0:1",
               {{Status::done, scored(0.84, 0)}, {Status::done, scored(0.9, 5)}},
               bounded) == Approx(0.45));
  CHECK_THROWS_WITH(inside("speed=0:1", {{Status::done, scored(0.9, 5)}}),
                    Contains("no speed") && Contains("accuracy, macs"));
}
