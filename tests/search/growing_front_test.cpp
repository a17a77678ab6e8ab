// The front that grows with a history is the one computed anew, at every view.
#include "search/growing_front.hpp"

#include "search/searcher.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

// Few values, so that many candidates are equal; some fail, some are evaluated again, some have no
// score.
History random_history(std::size_t size, Random& random) {
  History history;
  for (std::size_t id = 0; id < size; ++id) {
    const bool again = id > 0 && random.chance(0.3);
    const std::string key =
        again ? history.proposal(random.below(id)).key : "k" + std::to_string(id);
    history.add(
        {.id = id, .genome = {key}, .key = key, .origin = again ? std::string{kRepeat} : "random"});
    Result result{.metrics = {{"score", static_cast<double>(random.below(6))},
                              {"ones", static_cast<double>(random.below(6))}},
                  .message = ""};
    if (random.chance(0.1)) result.status = Status::failed;
    if (random.chance(0.05)) result.metrics["score"] = std::nan("");
    history.add(id, std::move(result));
  }
  return history;
}

std::vector<Objectives> ways_to_rank() {
  Objectives bounded = kScoreAndOnes;
  bounded.list[1].bound = 3.5;
  Objectives weighted = kScoreAndOnes;
  weighted.ranking = Ranking::weighted;
  return {kScore, kScoreAndOnes, bounded, weighted};
}

}  // namespace

TEST_CASE("a front that grows equals the front of every view", "[front]") {
  Random random{GENERATE(1, 2, 3, 4, 5, 6, 7, 8)};
  const History history = random_history(120, random);
  for (const Objectives& objectives : ways_to_rank()) {
    GrowingFront growing{objectives};
    const auto equals = [&](std::size_t results) {
      const View view{history, history.size(), results};
      growing.update(view);
      return growing.ids() == front(view, objectives);
    };
    for (std::size_t results = 0; results <= history.size(); ++results) CHECK(equals(results));
    CHECK(equals(history.size() / 2));  // looking back
    CHECK(equals(history.size()));      // many at once
  }
}
