// A search that gets nowhere any more ends, at the same proposal for any number of workers.
#include "search/detail/stall.hpp"

#include "search/driver.hpp"
#include "search/methods.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;
using detail::Stall;

namespace {

// One candidate after the other, each with this score and cost.
class Told {
 public:
  void add(double score, double ones, Status status = Status::done) {
    const std::size_t id = history.size();
    const std::string key = "k" + std::to_string(id);
    history.add({.id = id, .genome = {key}, .key = key, .origin = "random"});
    history.add(id,
                {.status = status, .metrics = {{"score", score}, {"ones", ones}}, .message = ""});
  }
  History history;
};

}  // namespace

TEST_CASE("with one number a search stalls when nothing better is found", "[driver][stall]") {
  Told told;
  Stall stall{kScore, 3};
  const auto reached = [&] { return stall.reached(told.history, told.history.size()); };
  CHECK_FALSE(reached());
  for (const double score : {5.0, 4.0, 5.0}) {
    told.add(score, 0);
    CHECK_FALSE(reached());  // not before there are more than three
  }
  told.add(5, 0);
  CHECK(reached());
  told.add(5.001, 0);  // whatever the gain
  CHECK_FALSE(reached());
  told.add(1, 0);
  told.add(1, 0);
  CHECK_FALSE(reached());
  told.add(1, 0);
  CHECK(reached());
}

TEST_CASE("with two numbers it stalls when the hypervolume gains less than a thousandth",
          "[driver][stall]") {
  // Seen from a score of 0 and a cost of 10, the front has a volume of 9 x 9.
  for (const auto& [gain, stalls] : {std::pair{0.5, true}, {5.0, false}}) {
    Told told;
    told.add(0, 0);
    told.add(10, 10);
    told.add(9.0, 1);
    for (int i = 0; i < 2; ++i) told.add(1, 9);
    told.add(9.0 + gain * 1e-2, 1);  // raises the volume by about gain / 9 per cent
    told.add(1, 9);
    Stall stall{kScoreAndOnes, 4};
    CHECK(stall.reached(told.history, told.history.size()) == stalls);
  }
}

TEST_CASE("costs count by their logarithm", "[driver][stall]") {
  // Beside the dearest cost 1e4 and 1e2 are the same, and yet it is a hundredth.
  for (const auto& [cost, stalls] : {std::pair{1e2, false}, {9.999e3, true}}) {
    Told told;
    told.add(1, 1e3);
    told.add(2, 1e4);
    told.add(10, 1e8);
    told.add(0, 1e9);
    told.add(2, cost);
    told.add(0, 1e9);
    Stall stall{kScoreAndOnes, 2};
    CHECK(stall.reached(told.history, told.history.size()) == stalls);
  }
}

TEST_CASE("while nobody keeps a bound, coming closer to it is no stall", "[driver][stall]") {
  Objectives bounded = kScoreAndOnes;
  bounded.list[0].bound = 10;
  Told told;
  Stall stall{bounded, 3};
  const auto reached = [&] { return stall.reached(told.history, told.history.size()); };
  for (const double score : {1.0, 2.0, 2.0, 3.0, 3.0, 2.0}) {
    told.add(score, 5);
    CHECK_FALSE(reached());
  }
  told.add(1, 5);
  CHECK(reached());
  told.add(10, 5);
  CHECK_FALSE(reached());
}

TEST_CASE("an incumbent that is believed to be worse than it was is no gain", "[driver][stall]") {
  Told told;
  told.add(5, 0);
  told.add(4, 0);
  Stall stall{kScore, 2};
  for (const double again : {4.0, 3.0}) {
    const Proposal& first = told.history.proposal(0);
    const std::size_t id = told.history.size();
    told.history.add(
        {.id = id, .genome = first.genome, .key = first.key, .origin = std::string{kRepeat}});
    told.history.add(id, {.metrics = {{"score", again}, {"ones", 0}}, .message = ""});
  }
  CHECK(stall.reached(told.history, told.history.size()));
}

TEST_CASE("a stall is judged by what is shown alone, in whatever order", "[driver][stall]") {
  Told told;
  for (const double score : {1.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0}) told.add(score, 0);
  const auto fresh = [&](std::size_t results) {
    Stall stall{kScore, 3};
    return stall.reached(told.history, results);
  };
  Stall asked{kScore, 3};
  for (const std::size_t results : {10U, 4U, 5U, 9U, 6U, 8U, 3U, 10U, 7U, 0U, 9U})
    CHECK(asked.reached(told.history, results) == fresh(results));
  CHECK(fresh(9));
  CHECK_FALSE(fresh(8));
}

TEST_CASE("what costs no evaluation does not stall a search, failures do", "[driver][stall]") {
  Told told;
  Stall stall{kScore, 2};
  told.add(1, 0);
  for (int i = 0; i < 5; ++i) told.add(1, 0, i % 2 ? Status::duplicate : Status::rejected);
  CHECK_FALSE(stall.reached(told.history, told.history.size()));
  for (int i = 0; i < 2; ++i) told.add(0, 0, Status::failed);
  CHECK(stall.reached(told.history, told.history.size()));

  Told hopeless;  // no front at all
  Stall end{kScore, 2};
  for (int i = 0; i < 3; ++i) hopeless.add(0, 0, Status::failed);
  CHECK(end.reached(hopeless.history, 3));
}

TEST_CASE("a stalled search ends at the same proposal for any number of workers",
          "[driver][stall]") {
  const BitSpace space{6};
  const auto run = [&](int workers, std::size_t stalled, History history = {}) {
    MemoryJournal journal;
    BitEvaluator evaluator;
    evaluator.sleep = workers > 1;
    const auto searcher = make_searcher(space, kScoreAndOnes, {.method = "random"});
    const DriverEnd end = drive(space, *searcher, evaluator, kScoreAndOnes, journal, history,
                                {.evaluations = 64, .workers = workers, .stalled = stalled});
    return std::pair{std::move(history), end};
  };
  const auto [one, end] = run(1, 12);
  CHECK(end.stop == Stop::stalled);
  CHECK(end.reason == "the last 12 evaluations gained next to nothing");
  CHECK(one.evaluations() > 12);
  CHECK(one.evaluations() < 64);
  for (const int workers : {2, 8}) CHECK(told(run(workers, 12).first) == told(one));
  // Resumed, it is still where it was; without the rule it goes on.
  CHECK(run(1, 12, one).first.size() == one.size());
  CHECK(run(1, 0, one).first.evaluations() == 64);
}
