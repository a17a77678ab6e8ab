// Exhaustive search: each candidate once, in order, from wherever the history ends.
#include "search/methods/exhaustive.hpp"

#include <set>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

const MethodOptions kExhaustive{.method = "exhaustive"};

class Unordered final : public Space {
 public:
  std::vector<Genome> starts() const override { return {{"a"}}; }
  Variation random(Random&) const override { return {.genome = {"a"}}; }
  std::optional<Variation> mutate(const Genome&, Random&) const override { return {}; }
  std::optional<Variation> crossover(const Genome&, const Genome&, Random&) const override {
    return {};
  }
  std::vector<Variation> neighbours(const Genome&) const override { return {}; }
  std::string key(const Genome& genome) const override { return genome.text; }
  Metrics costs(const Genome&) const override { return {}; }
  std::optional<std::string> violation(const Genome&) const override { return {}; }
};

}  // namespace

TEST_CASE("exhaustive visits every candidate once and says that it is done", "[exhaustive]") {
  const BitSpace space{7};
  const auto [history, end] = searched(space, kScore, kExhaustive, 1000);
  CHECK(history.size() == 128);
  std::set<std::string> seen;
  for (std::size_t id = 0; id < history.size(); ++id) {
    seen.insert(history.proposal(id).key);
    CHECK(history.proposal(id).genome == *space.nth(id));
  }
  CHECK(seen.size() == 128);
  CHECK(end.stop == Stop::exhausted);
  CHECK(end.reason == "all 128 candidates of the space are known or beyond the limits");
}

TEST_CASE("exhaustive passes over what is beyond the limits", "[exhaustive]") {
  const BitSpace space{7, 2};
  const auto [history, end] = searched(space, kScore, kExhaustive, 1000);
  CHECK(history.size() == 1 + 7 + 21);
  CHECK(history.evaluations() == history.size());
  CHECK(end.stop == Stop::exhausted);
}

TEST_CASE("exhaustive goes on after any history", "[exhaustive]") {
  const BitSpace space{6};
  History history = searched(space, kScore, {.method = "random"}, 20).history;
  MemoryJournal journal;
  BitEvaluator evaluator;
  const auto searcher = make_searcher(space, kScore, kExhaustive);
  static_cast<void>(drive(space, *searcher, evaluator, kScore, journal, history,
                          {.evaluations = 1000, .lookahead = 3}));
  CHECK(history.size() == 64);
  CHECK(history.evaluations() == 64);
  CHECK(cache_equals_recomputation(space, kScore, kExhaustive, history, 3));
}

TEST_CASE("exhaustive refuses a space that cannot be enumerated", "[exhaustive]") {
  CHECK_THROWS_AS(make_searcher(Unordered{}, kScore, kExhaustive), ConfigError);
}
