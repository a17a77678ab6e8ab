// Metrics are a map from names to numbers, whoever shares the names.
#include "search/metrics.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

using Map = std::map<std::string, double, std::less<>>;

Map map_of(const Metrics& metrics) {
  Map map;
  for (const auto& [name, value] : metrics) map.emplace(name, value);
  return map;
}

}  // namespace

TEST_CASE("metrics are what a map from names to numbers is", "[metrics]") {
  Random random{GENERATE(1, 2, 3, 4, 5)};
  MetricNames lists;
  Metrics metrics;
  Map map;
  for (int step = 0; step < 60; ++step) {
    const std::string name(1 + random.below(2), static_cast<char>('a' + random.below(5)));
    const double value = random.uniform();
    switch (random.below(4)) {
      case 0:
        metrics[name] = value;
        map[name] = value;
        break;
      case 1:
        metrics.try_emplace(name, value);
        map.try_emplace(name, value);
        break;
      case 2: {
        metrics.merge({{name, value}, {"m", 1}});
        Map other{{name, value}, {"m", 1}};
        map.merge(other);
        break;
      }
      default:
        metrics.share(lists);
    }
    CHECK(map_of(metrics) == map);
    CHECK(metrics.size() == map.size());
    CHECK(metrics.empty() == map.empty());
    CHECK(metrics.count(name) == map.count(name));
    const auto found = metrics.find(name);
    REQUIRE((found != metrics.end()) == (map.count(name) > 0));
    if (found == metrics.end()) continue;
    CHECK(found->first == name);
    CHECK(found->second == map.at(name));
    CHECK(metrics.at(name) == map.at(name));
  }
}

TEST_CASE("a list of metrics is sorted and the first of equal names counts", "[metrics]") {
  const Metrics metrics{{"b", 1}, {"a", 2}, {"b", 3}};
  CHECK(metrics.names() == Metrics::Names{"a", "b"});
  CHECK(metrics.at("b") == 1);
  CHECK(metrics == Metrics{{"a", 2}, {"b", 1}});
  CHECK(metrics != Metrics{{"a", 2}, {"c", 1}});
  CHECK(metrics != Metrics{{"a", 2}});
  CHECK(Metrics{} == Metrics{});
  const Metrics nan{{"a", std::nan("")}};
  CHECK(nan != nan);
  CHECK_THROWS_AS(metrics.at("c"), std::out_of_range);
  CHECK_THROWS_AS(Metrics{}.at("c"), std::out_of_range);
}

TEST_CASE("metrics that share their names have them once and change alone", "[metrics]") {
  MetricNames lists;
  Metrics one{{"a", 1}, {"b", 2}};
  Metrics two{{"b", 3}, {"a", 4}};
  CHECK(&one.names() != &two.names());
  one.share(lists);
  two.share(lists);
  CHECK(&one.names() == &two.names());
  Metrics copy = one;
  copy["c"] = 5;
  copy["a"] = 6;
  CHECK(one == Metrics{{"a", 1}, {"b", 2}});
  CHECK(two == Metrics{{"a", 4}, {"b", 3}});
  CHECK(copy == Metrics{{"a", 6}, {"b", 2}, {"c", 5}});
  Metrics empty;
  empty.share(lists);
  CHECK(empty.empty());
}

TEST_CASE("however many lists of names there are each is what was asked for", "[metrics]") {
  MetricNames lists;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 100; ++i) {
      const Metrics::Names names{"a", "b" + std::to_string(i)};
      CHECK(*lists.shared(names) == names);
    }
}
