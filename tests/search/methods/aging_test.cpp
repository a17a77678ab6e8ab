// What regularised evolution promises: parents are the best of a few of the youngest.
#include "search/methods/aging.hpp"

#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

MethodOptions aging(int population, int sample) {
  return {.method = "aging", .population = population, .sample = sample};
}

}  // namespace

TEST_CASE("aging founds its population with samples and takes parents from the youngest alone",
          "[aging]") {
  const BitSpace space{20};
  const std::size_t lookahead = GENERATE(1, 4);
  const History history = searched(space, kScore, aging(12, 4), 120, 3, lookahead).history;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const Proposal& p = history.proposal(id);
    if (id < 12) {
      CHECK(p.parents.empty());
      continue;
    }
    CHECK(p.origin == "mutate");
    REQUIRE(p.parents.size() == 1);
    CHECK(p.parents[0] + lookahead < id);
    CHECK(p.parents[0] + lookahead + 12 >= id);
  }
}

TEST_CASE("a sample as large as many populations gives the best of the youngest", "[aging]") {
  const BitSpace space{20};
  const History history = searched(space, kScore, aging(6, 200), 60, 5, 1).history;
  for (std::size_t id = 7; id < history.size(); ++id) {  // it has yet to see the last result
    std::size_t best = id - 7;
    for (std::size_t other = best; other < id - 1; ++other)
      if (history.result(other)->metrics.at("score") > history.result(best)->metrics.at("score"))
        best = other;
    CHECK(history.proposal(id).parents.at(0) == best);
  }
}

TEST_CASE("aging climbs above random search", "[aging]") {
  const BitSpace space{24};
  double of_aging = 0;
  double of_random = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    of_aging += best(searched(space, kScore, aging(20, 5), 150, seed).history) / 10;
    of_random += best(searched(space, kScore, {.method = "random"}, 150, seed).history) / 10;
  }
  CHECK(of_aging > of_random + 1.5);
}

TEST_CASE("aging: parents of two objectives are not beaten by others of the population",
          "[aging]") {
  const BitSpace space{16};
  const History history = searched(space, kScoreAndOnes, aging(8, 300), 60, 2, 1).history;
  for (std::size_t id = 9; id < history.size(); ++id) {
    const auto parent =
        score(kScoreAndOnes, history.result(history.proposal(id).parents.at(0))->metrics);
    for (std::size_t other = id - 9; other < id - 1; ++other)
      CHECK_FALSE(better(*score(kScoreAndOnes, history.result(other)->metrics), *parent));
  }
}
