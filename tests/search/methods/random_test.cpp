// Random search without replacement.
#include "search/methods/random.hpp"

#include <map>
#include <set>

#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

TEST_CASE("random search uses a small space up to its last candidate", "[random]") {
  const BitSpace space{9};
  const auto [history, end] = searched(space, kScore, {.method = "random"}, 10000, 2);
  CHECK(history.size() == 512);
  CHECK(history.evaluations() == 512);
  CHECK(end.stop == Stop::exhausted);
  CHECK(end.reason == "all 512 candidates of the space are known or beyond the limits");
}

TEST_CASE("random search takes every candidate of a space with equal chances", "[random]") {
  const BitSpace space{3};
  std::map<std::string, int> second;
  for (std::uint64_t seed = 0; seed < 700; ++seed)
    ++second[searched(space, kScore, {.method = "random"}, 2, seed).history.proposal(1).key];
  CHECK(second.size() == 7);  // the start comes first
  for (const auto& [key, count] : second) {
    INFO(key);
    CHECK(count > 60);
    CHECK(count < 140);
  }
}

TEST_CASE("random samples name no parents", "[random]") {
  const BitSpace space{9};
  const History history = searched(space, kScore, {.method = "random"}, 50).history;
  for (std::size_t id = 0; id < history.size(); ++id) CHECK(history.proposal(id).parents.empty());
}
