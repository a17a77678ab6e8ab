// The front of a view: done, with all numbers, within the bounds, beaten by nobody.
#include "search/searcher.hpp"
#include "tests/catch.hpp"
#include "tests/support/histories.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

Result done(double score, double ones) {
  return {.metrics = {{"score", score}, {"ones", ones}}, .message = ""};
}

}  // namespace

TEST_CASE("only what is done and scored can be on the front", "[front]") {
  Result diverged = done(9, 0);
  diverged.status = Status::diverged;
  Result duplicate = done(2, 2);
  duplicate.status = Status::duplicate;
  const History history = history_of({done(1, 1),
                                      done(2, 2),
                                      diverged,
                                      duplicate,
                                      done(0.5, 1),
                                      {.metrics = {{"score", 9}}, .message = ""},
                                      done(std::nan(""), 0),
                                      done(2, 2)});
  const auto ids = [&](std::size_t results) {
    return front(View{history, history.size(), results}, kScoreAndOnes);
  };
  // Best first; of equals the first.
  CHECK(ids(8) == std::vector<std::size_t>{1, 0});
  CHECK(ids(1) == std::vector<std::size_t>{0});
  CHECK(ids(0).empty());
}

TEST_CASE("who misses a bound is never on the front", "[front]") {
  Objectives bounded = kScoreAndOnes;
  bounded.list[1].bound = 3;
  const History history = history_of({done(1, 1), done(5, 4), done(3, 3)});
  CHECK(front(View{history, 3, 3}, bounded) == std::vector<std::size_t>{2, 0});
  bounded.list[1].bound = 0.5;
  CHECK(front(View{history, 3, 3}, bounded).empty());
}

TEST_CASE("nobody of a search's front is beaten and all others are", "[front]") {
  const BitSpace space{12};
  const std::uint64_t seed = GENERATE(1, 2, 3, 4, 5);
  const History history = searched(space, kScoreAndOnes, {.method = "random"}, 120, seed).history;
  const auto best = front(View{history, history.size(), history.size()}, kScoreAndOnes);
  const auto of = [&](std::size_t id) {
    return *score(kScoreAndOnes, history.result(id)->metrics);
  };
  for (std::size_t id = 0; id < history.size(); ++id) {
    bool beaten = false;
    for (std::size_t other = 0; other < history.size(); ++other)
      beaten = beaten || better(of(other), of(id));
    CHECK(beaten == (std::find(best.begin(), best.end(), id) == best.end()));
  }
}
