#include "search/chain.hpp"

#include <algorithm>

#include "kernels/random.hpp"
#include "search/pareto.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

TEST_CASE("a chain is solved as if all of its fillings had been tried", "[chain]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Random random{seed, "chain test"};
    Chain chain{.slots = 5 + random.below(2),
                .options = 2 + random.below(2),
                .window = 1 + random.below(3),
                .values = {},
                .costs = {}};
    std::size_t length = 1;
    for (std::size_t i = 0; i < chain.window; ++i) length *= chain.options;
    for (std::size_t row = 0; row + chain.window <= chain.slots; ++row) {
      chain.values.emplace_back();
      chain.costs.emplace_back();
      for (std::size_t i = 0; i < length; ++i) {
        chain.values.back().push_back(random.uniform());
        chain.costs.back().push_back(static_cast<std::int64_t>(random.below(5)));
      }
    }
    std::vector<Point> points;
    std::vector<std::size_t> choices(chain.slots, 0);
    double least = 1e9;
    for (bool more = true; more;) {
      points.push_back({static_cast<double>(chain.cost(choices)), -chain.value(choices)});
      least = std::min(least, chain.value(choices));
      std::size_t slot = chain.slots;
      while (slot > 0 && ++choices[slot - 1] == chain.options) choices[--slot] = 0;
      more = slot > 0;
    }
    const auto solved = solve(chain);
    const auto front = pareto_front(points);
    REQUIRE(solved.size() == front.size());
    for (std::size_t i = 0; i < front.size(); ++i) {
      CHECK(static_cast<double>(solved[i].cost) == points[front[i]][0]);
      CHECK(solved[i].value == Approx(-points[front[i]][1]));
    }
    CHECK(least_value(chain) == Approx(least));
  }
}

TEST_CASE("a chain with tables of another size is refused", "[chain]") {
  Chain chain{.slots = 3,
              .options = 2,
              .window = 2,
              .values = {{0, 0, 0, 0}, {0, 0, 0, 0}},
              .costs = {{0, 0, 0, 0}, {0, 0, 0, 0}}};
  CHECK(solve(chain).size() == 1);
  chain.costs[1][2] = -1;
  CHECK_THROWS_AS(solve(chain), std::invalid_argument);
  chain.costs[1] = {0};
  CHECK_THROWS_AS(solve(chain), std::invalid_argument);
  chain.costs.pop_back();
  CHECK_THROWS_AS(solve(chain), std::invalid_argument);
  chain.window = 4;
  CHECK_THROWS_AS(solve(chain), std::invalid_argument);
}
