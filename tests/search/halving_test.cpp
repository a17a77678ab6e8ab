// Successive halving over any searcher: few epochs for all, more for the better ones.
#include "search/halving.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "search/simulate.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

const HalvingOptions kAsha{.rungs = {1, 3, 9}, .eta = 3};
const HalvingOptions kSynchronous{.rungs = {1, 3, 9}, .eta = 3, .asynchronous = false};

std::unique_ptr<Searcher> halving(const Space& space, const Objectives& objectives,
                                  const HalvingOptions& options, const std::string& method) {
  return make_halving(make_searcher(space, objectives, default_options(method)), objectives,
                      options);
}

struct Options {
  HalvingOptions halving = kAsha;
  std::string method = "random";
  std::size_t evaluations = 120, lookahead = 4, epochs = 0;
  int workers = 1;
  std::string failing = {};
  Objectives objectives = kScore;
};

History searched(const Space& space, const Options& options, History history = {}) {
  MemoryJournal journal;
  BitEvaluator evaluator;
  evaluator.sleep = options.workers > 1;
  evaluator.failing = options.failing;
  const auto searcher = halving(space, options.objectives, options.halving, options.method);
  static_cast<void>(drive(space, *searcher, evaluator, options.objectives, journal, history,
                          {.seed = 5,
                           .evaluations = options.evaluations,
                           .epochs = options.epochs,
                           .epochs_each = options.halving.rungs.back(),
                           .lookahead = options.lookahead,
                           .workers = options.workers}));
  return history;
}

std::size_t rung_of(const History& history, std::size_t id) {
  std::size_t rung = 0;
  for (; history.proposal(id).origin == kPromote; ++rung) id = history.proposal(id).parents.front();
  return rung;
}

double score_of(const History& history, std::size_t id) {
  return history.result(id)->metrics.at("score");
}

}  // namespace

TEST_CASE("rungs rise by eta up to the full training", "[halving]") {
  CHECK(halving_rungs(1, 9, 3) == std::vector{1, 3, 9});
  CHECK(halving_rungs(1, 4, 2) == std::vector{1, 2, 4});
  CHECK(halving_rungs(2, 5, 3) == std::vector{2, 5});
  CHECK(halving_rungs(1, 10, 1.5) == std::vector{1, 2, 3, 5, 8, 10});
}

TEST_CASE("a promotion trains the same candidate further, with its seed", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const BitSpace space{12};
  const History history = searched(space, {.halving = options});
  std::set<std::size_t> promoted;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const Proposal& proposal = history.proposal(id);
    INFO(id);
    if (proposal.origin != kPromote) {
      CHECK(proposal.epochs == 1);
      continue;
    }
    REQUIRE(proposal.parents.size() == 1);
    const Proposal& before = history.proposal(proposal.parents.front());
    CHECK(proposal.genome == before.genome);
    CHECK(proposal.key == before.key);
    CHECK(proposal.seed == before.seed);
    CHECK(proposal.edits.empty());
    const std::size_t rung = rung_of(history, id);
    CHECK(proposal.epochs == options.rungs[rung] - options.rungs[rung - 1]);
    CHECK(history.epochs_before(proposal) == options.rungs[rung - 1]);
    CHECK(history.result(id)->status == Status::done);  // no duplicate of what it was
    CHECK(promoted.insert(before.id).second);           // nobody twice
  }
  CHECK(promoted.size() > 20);
}

TEST_CASE("asynchronous: who is promoted was among the best of its rung", "[halving]") {
  const std::size_t lookahead = GENERATE(1, 4, 9);
  const BitSpace space{14};
  const History history = searched(space, {.lookahead = lookahead});
  for (std::size_t id = 0; id < history.size(); ++id) {
    if (history.proposal(id).origin != kPromote) continue;
    const std::size_t from = history.proposal(id).parents.front();
    const std::size_t visible = id > lookahead ? id - lookahead : 0;
    REQUIRE(from < visible);
    std::size_t all = 0;
    std::size_t better = 0;
    for (std::size_t other = 0; other < visible; ++other) {
      if (rung_of(history, other) != rung_of(history, from)) continue;
      ++all;
      better += score_of(history, other) > score_of(history, from);
    }
    INFO(id << " of " << from);
    CHECK(static_cast<double>(better) < static_cast<double>(all) / 3);
  }
}

TEST_CASE("asynchronous: no more than one in eta goes on, and about as many do", "[halving]") {
  const BitSpace space{16};
  const History history = searched(space, {.evaluations = 300, .lookahead = 1});
  std::map<std::size_t, std::size_t> at;
  for (std::size_t id = 0; id < history.size(); ++id) ++at[rung_of(history, id)];
  for (std::size_t rung = 0; rung < 2; ++rung) {
    INFO(rung);
    // At most one in eta was among the best at any time; those of other times add to them.
    CHECK(at[rung + 1] >= at[rung] / 3 - 2);
    CHECK(at[rung + 1] <= at[rung] / 2);
  }
}

TEST_CASE("synchronous: brackets of nine, three of which go on, one of them to the end",
          "[halving]") {
  const BitSpace space{14};
  const History history = searched(space, {.halving = kSynchronous, .evaluations = 39});
  REQUIRE(history.size() == 39);
  for (std::size_t bracket = 0; bracket < 3; ++bracket) {
    const std::size_t first = 13 * bracket;
    std::vector<std::size_t> rungs;
    for (std::size_t i = 0; i < 13; ++i) rungs.push_back(rung_of(history, first + i));
    CHECK(rungs == std::vector<std::size_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2});
    std::vector<std::size_t> order(9);
    for (std::size_t i = 0; i < 9; ++i) order[i] = first + i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return score_of(history, a) > score_of(history, b);
    });
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(history.proposal(first + 9 + i).parents.front() == order[i]);
  }
}

TEST_CASE("halving gives the same history for any number of workers, and resumed", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const std::string method = GENERATE("random", "genetic", "aging", "lamarck", "greedy");
  INFO(method);
  const BitSpace space{12};
  Options one{.halving = options, .method = method, .evaluations = 60};
  const std::string expected = told(searched(space, one));
  Options three = one;
  three.workers = 3;
  CHECK(told(searched(space, three)) == expected);
  Options part = one;
  part.evaluations = 25;
  CHECK(told(searched(space, one, searched(space, part))) == expected);
}

TEST_CASE("what halving remembers equals a recomputation", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const std::string method = GENERATE("random", "genetic", "aging", "lamarck");
  const auto& objectives = GENERATE(kScore, kScoreAndOnes);
  INFO(method);
  const BitSpace space{12};
  const History history = searched(space, {.halving = options,
                                           .method = method,
                                           .evaluations = 70,
                                           .failing = "11",
                                           .objectives = objectives});
  CHECK(cache_equals_recomputation([&] { return halving(space, objectives, options, method); },
                                   history, 4));
}

TEST_CASE("halving on many simulated workers remembers what a recomputation finds", "[halving]") {
  struct Timed final : Evaluator {
    BitEvaluator inner;
    std::optional<Result> evaluate(const Candidate& candidate) override {
      auto result = inner.evaluate(candidate);
      result->seconds = 1 + 30 * Random{candidate.proposal->seed, "seconds"}.uniform();
      return result;
    }
  };
  struct Checked final : Searcher {
    std::function<std::unique_ptr<Searcher>()> make;
    std::unique_ptr<Searcher> kept;
    std::size_t differences = 0;
    Suggested propose(const View& view, Random& random) override {
      Random copy = random;
      Suggested next = kept->propose(view, random);
      differences += told(next) != told(make()->propose(view, copy));
      return next;
    }
    std::vector<std::size_t> possible_parents(const View& view) override {
      return kept->possible_parents(view);
    }
  };
  const BitSpace space{12};
  for (const HalvingOptions& options : {kAsha, kSynchronous})
    for (const std::size_t workers : {1U, 5U, 40U}) {
      INFO(workers << (options.asynchronous ? " asynchronous" : " synchronous"));
      Checked searcher;
      searcher.make = [&] { return halving(space, kScore, options, "random"); };
      searcher.kept = searcher.make();
      Timed evaluator;
      History history;
      static_cast<void>(simulate(space, searcher, evaluator, history,
                                 {.evaluations = 150, .epochs_each = 9, .workers = workers}));
      CHECK(searcher.differences == 0);
      CHECK(history.evaluations() == 150);
      std::size_t promoted = 0;
      for (std::size_t id = 0; id < history.size(); ++id)
        if (history.proposal(id).origin == kPromote) {
          ++promoted;
          CHECK(history.result(history.proposal(id).parents.front())->status == Status::done);
        }
      CHECK(promoted > 20);
    }
}

TEST_CASE("whoever is promoted was kept as a possible parent since its result", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const BitSpace space{12};
  const History history = searched(space, {.halving = options, .method = "genetic"});
  const auto searcher = halving(space, kScore, options, "genetic");
  std::map<std::size_t, std::size_t> needed;  // who, until when
  for (std::size_t id = 0; id < history.size(); ++id)
    for (const std::size_t parent : history.proposal(id).parents) needed[parent] = id;
  for (std::size_t id = 5; id < history.size(); ++id) {
    const View view{history, id, id - 4};
    const auto kept = searcher->possible_parents(view);
    for (const auto& [parent, last] : needed)
      if (parent < view.results() && id <= last) {
        INFO(parent << " at " << id << " for " << last);
        CHECK(std::binary_search(kept.begin(), kept.end(), parent));
      }
  }
}

TEST_CASE("failures are passed over and the search goes on", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const BitSpace space{12};
  const History history = searched(space, {.halving = options, .failing = "1"});
  CHECK(history.evaluations() == 120);
  for (std::size_t id = 0; id < history.size(); ++id)
    if (history.proposal(id).origin == kPromote)
      CHECK(history.result(history.proposal(id).parents.front())->status == Status::done);
}

TEST_CASE("where every evaluation fails nobody is promoted and the search ends", "[halving]") {
  struct Failing final : Evaluator {
    std::optional<Result> evaluate(const Candidate&) override {
      throw std::runtime_error("it always does");
    }
  };
  const auto& options = GENERATE(kAsha, kSynchronous);
  const BitSpace space{12};
  Failing evaluator;
  MemoryJournal journal;
  History history;
  const auto searcher = halving(space, kScore, options, "random");
  const DriverEnd end =
      drive(space, *searcher, evaluator, kScore, journal, history,
            {.seed = 5, .evaluations = 120, .epochs_each = options.rungs.back(), .lookahead = 4});
  CHECK(end.stop == Stop::evaluations);
  CHECK(history.evaluations() == 120);
  for (std::size_t id = 0; id < history.size(); ++id) {
    CHECK(history.result(id)->status == Status::failed);
    CHECK(history.proposal(id).origin != kPromote);
  }
}

TEST_CASE("a space that is used up ends once nobody is left to promote", "[halving]") {
  const auto& options = GENERATE(kAsha, kSynchronous);
  const BitSpace space{3};
  const History history = searched(space, {.halving = options, .evaluations = 1000});
  std::map<std::size_t, std::size_t> at;
  for (std::size_t id = 0; id < history.size(); ++id) ++at[rung_of(history, id)];
  CHECK(at[0] == 8);
  CHECK(at[1] >= 2);
  CHECK(history.size() < 8 + 8 + 8);
}

TEST_CASE("a budget in epochs counts what each rung costs", "[halving]") {
  const BitSpace space{14};
  const History history = searched(space, {.evaluations = 10000, .epochs = 200});
  std::size_t sum = 0;
  for (std::size_t id = 0; id < history.size(); ++id)
    sum += static_cast<std::size_t>(history.proposal(id).epochs);
  CHECK(history.epochs() == sum);
  CHECK(sum >= 200);
  CHECK(sum < 200 + 6);  // the last may go beyond by what it costs
}

TEST_CASE("a member trained further takes its own place in a population", "[halving]") {
  const BitSpace space{14};
  const History history = searched(space, {.method = "genetic", .evaluations = 200});
  const auto searcher = make_searcher(space, kScore, default_options("genetic"));
  const auto members = searcher->possible_parents({history, history.size(), history.size()});
  std::set<std::string> keys;
  for (const std::size_t id : members) CHECK(keys.insert(history.proposal(id).key).second);
}

TEST_CASE("halving refuses what makes no sense", "[halving]") {
  const BitSpace space{4};
  const auto refused = [&](const HalvingOptions& options) {
    CHECK_THROWS_AS(halving(space, kScore, options, "random"), std::invalid_argument);
  };
  refused({.rungs = {}});
  refused({.rungs = {4}});
  refused({.rungs = {0, 4}});
  refused({.rungs = {2, 2, 4}});
  refused({.rungs = {1, 4}, .eta = 1});
  refused({.rungs = {1, 4}, .eta = 3, .asynchronous = false, .bracket = -1});
  CHECK_THROWS_AS(make_halving(nullptr, kScore, kAsha), std::invalid_argument);
}
