// Over a space of choices whose costs are known exactly: six slots, macs 10 and one more for each
// "1". It begins with all ones, at 16.
#include "experiments/bounds.hpp"

#include <algorithm>

#include "search/choice_space.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using namespace lamarck::search;
using Catch::Contains;

namespace {

std::string unmet(const Objective& objective, std::vector<CostLimit> limits = {}) {
  const Slots slots{{{"s", 6, {"0", "1"}}}};
  ChoiceSpaceOptions options;
  options.starts = {slots.parse("111111")};
  options.limits = std::move(limits);
  options.costs = [](const std::string& key) -> std::optional<Metrics> {
    return Metrics{{"macs", 10 + std::count(key.begin(), key.end(), '1')}};
  };
  const auto space = make_choice_space(slots, std::move(options));
  return unmet_bound({.list = {{.metric = "accuracy"}, objective}}, *space);
}

Objective least(double bound) { return {.metric = "macs", .maximize = false, .bound = bound}; }

}  // namespace

TEST_CASE("a bound that a start or a sample keeps is not remarked on", "[bounds]") {
  CHECK(unmet(least(16)).empty());
  CHECK(unmet(least(11)).empty());  // a sample alone
  CHECK(unmet({.metric = "macs", .maximize = true, .bound = 16}).empty());
  CHECK(unmet({.metric = "macs", .maximize = false}).empty());
}

TEST_CASE("a bound that nothing keeps is named with the best there is", "[bounds]") {
  CHECK(unmet(least(9)) ==
        "no start and none of 200 samples has macs of at most 9; the best has 10");
  CHECK_THAT(unmet({.metric = "macs", .maximize = true, .bound = 17}),
             Contains("macs of at least 17; the best has 16"));
  // What breaks a limit does not count.
  CHECK_THAT(unmet(least(11), {{.metric = "macs", .least = 13}}), Contains("the best has 13"));
}

TEST_CASE("what is known after training alone cannot be remarked on before", "[bounds]") {
  CHECK(unmet({.metric = "latency", .maximize = false, .bound = 0}).empty());
}
