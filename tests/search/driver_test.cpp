// The deterministic loop: the same history for any number of workers, whatever finishes first.
#include "search/driver.hpp"

#include "search/methods.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

struct Outcome {
  History history;
  DriverEnd end;
  int calls = 0;
};

Outcome run(const std::string& method, const DriverOptions& options, const BitSpace& space,
            const std::string& failing = "", History history = {},
            const std::optional<std::string>& hopeless = {}) {
  MemoryJournal journal;
  BitEvaluator evaluator;
  evaluator.hopeless = hopeless;
  evaluator.sleep = options.workers > 1;
  evaluator.failing = failing;
  const auto searcher = make_searcher(space, kScoreAndOnes, {.method = method, .population = 8});
  Outcome outcome{.history = std::move(history), .end = {}};
  outcome.end =
      drive(space, *searcher, evaluator, kScoreAndOnes, journal, outcome.history, options);
  outcome.calls = evaluator.calls;
  return outcome;
}

// Holds every view to the contract.
class Watching final : public Searcher {
 public:
  Watching(std::unique_ptr<Searcher> inner, std::size_t lookahead)
      : inner_{std::move(inner)}, lookahead_{lookahead} {}
  Suggested propose(const View& view, Random& random) override {
    const std::size_t id = view.proposals();
    CHECK(view.results() == (id > lookahead_ ? id - lookahead_ : 0));
    for (std::size_t i = 0; i < view.results(); ++i) static_cast<void>(view.result(i).status);
    return inner_->propose(view, random);
  }
  std::vector<std::size_t> possible_parents(const View& view) override {
    return inner_->possible_parents(view);
  }

 private:
  std::unique_ptr<Searcher> inner_;
  std::size_t lookahead_;
};

class Stubborn final : public Searcher {
 public:
  explicit Stubborn(bool wait) : wait_{wait} {}
  Suggested propose(const View&, Random&) override {
    if (wait_) return Wait{};
    return Suggestion{{.genome = {"0000"}}, "again"};
  }
  std::vector<std::size_t> possible_parents(const View&) override { return {}; }

 private:
  bool wait_;
};

}  // namespace

TEST_CASE("any number of workers makes the same history", "[driver]") {
  const BitSpace space{10, 8};
  for (const char* method : {"random", "greedy", "genetic"}) {
    INFO(method);
    const DriverOptions one{.seed = 3, .evaluations = 120, .lookahead = 8, .workers = 1};
    const Outcome expected = run(method, one, space, "101");
    CHECK(expected.history.evaluations() == 120);
    CHECK(expected.calls == 120);
    for (const int workers : {2, 4, 8}) {
      DriverOptions several = one;
      several.workers = workers;
      CHECK(told(run(method, several, space, "101").history) == told(expected.history));
    }
    DriverOptions other = one;
    other.seed = 4;
    CHECK(told(run(method, other, space, "101").history) != told(expected.history));
  }
}

TEST_CASE("a searcher sees exactly the results its proposal may depend on", "[driver]") {
  const BitSpace space{8};
  for (const std::size_t lookahead : {1UL, 3UL, 8UL}) {
    MemoryJournal journal;
    BitEvaluator evaluator;
    History history;
    Watching searcher{make_searcher(space, kScore, {.method = "genetic"}), lookahead};
    drive(space, searcher, evaluator, kScore, journal, history,
          {.evaluations = 40, .lookahead = lookahead});
    CHECK(history.evaluations() == 40);
  }
}

TEST_CASE("a candidate that throws gets a status and the run goes on", "[driver]") {
  const BitSpace space{8};
  const Outcome some = run("genetic", {.evaluations = 60}, space, "1");
  std::size_t failed = 0;
  for (std::size_t id = 0; id < some.history.size(); ++id) {
    const Result& result = *some.history.result(id);
    if (result.status != Status::failed) continue;
    ++failed;
    CHECK(result.message == "this one fails");
    CHECK(result.metrics.count("ones") == 1);  // what is known before training stays known
  }
  CHECK(failed > 0);
  CHECK(some.history.evaluations() == 60);

  const Outcome all = run("genetic", {.evaluations = 20}, space, "");  // nothing fails
  CHECK(all.end.stop == Stop::evaluations);
  const BitSpace tiny{3};
  BitEvaluator evaluator;
  MemoryJournal journal;
  History history;
  evaluator.failing = "";
  const auto searcher = make_searcher(tiny, kScore, {.method = "genetic", .population = 4});
  CHECK(drive(tiny, *searcher, evaluator, kScore, journal, history, {.evaluations = 100}).stop ==
        Stop::exhausted);
  CHECK(history.evaluations() == 8);  // all there are
}

TEST_CASE("candidates that are dismissed cost nothing and no worker changes that", "[driver]") {
  const BitSpace space{10, 8};
  const auto searched = [&](int workers, std::size_t evaluations, History history = {}) {
    return run("genetic",
               {.seed = 3, .evaluations = evaluations, .lookahead = 8, .workers = workers}, space,
               "", std::move(history), "1");
  };
  const Outcome one = searched(1, 100);
  std::size_t away = 0;
  for (std::size_t id = 0; id < one.history.size(); ++id)
    if (dismissed(*one.history.result(id))) ++away;
  CHECK(away > 10);
  // Those that are under way when the budget is spent may be dismissed after that.
  CHECK(one.history.evaluations() <= 100);
  CHECK(one.history.evaluations() > 100 - 8);
  CHECK(one.calls == static_cast<int>(one.history.evaluations() + away));
  for (const int workers : {2, 8}) CHECK(told(searched(workers, 100).history) == told(one.history));
  CHECK(told(searched(2, 100, searched(2, 40).history).history) == told(one.history));
}

TEST_CASE("a search in which everything is dismissed ends", "[driver]") {
  const Outcome outcome =
      run("random", {.evaluations = 10, .lookahead = 4}, BitSpace{24}, "", {}, std::string{});
  CHECK(outcome.end.stop == Stop::exhausted);
  CHECK(outcome.end.reason.find("not worth training") != std::string::npos);
  CHECK(outcome.history.evaluations() == 0);
}

TEST_CASE("a space that is used up ends the run with a reason", "[driver]") {
  for (const char* method : {"random", "greedy", "genetic"}) {
    INFO(method);
    const Outcome outcome = run(method, {.evaluations = 1000}, BitSpace{4});
    CHECK(outcome.end.stop == Stop::exhausted);
    CHECK_FALSE(outcome.end.reason.empty());
    CHECK(outcome.history.evaluations() == 16);
  }
}

TEST_CASE("a searcher that repeats itself or waits for ever is stopped", "[driver]") {
  const BitSpace space{4};
  for (const bool wait : {false, true}) {
    MemoryJournal journal;
    BitEvaluator evaluator;
    History history;
    Stubborn searcher{wait};
    const DriverEnd end =
        drive(space, searcher, evaluator, kScore, journal, history, {.evaluations = 10});
    CHECK(end.stop == Stop::exhausted);
    CHECK(evaluator.calls <= 1);
    if (!wait) {
      CHECK(history.result(1)->status == Status::duplicate);
      CHECK(history.result(1)->duplicate_of == 0);
      CHECK(history.result(1)->metrics == history.result(0)->metrics);
    }
  }
}

TEST_CASE("a larger budget goes on as if it had been asked for at first", "[driver]") {
  const BitSpace space{10, 8};
  const Outcome whole = run("genetic", {.evaluations = 90, .workers = 2}, space);
  Outcome part = run("genetic", {.evaluations = 40, .workers = 4}, space);
  const Outcome grown =
      run("genetic", {.evaluations = 90, .workers = 1}, space, "", std::move(part.history));
  CHECK(told(grown.history) == told(whole.history));
}

TEST_CASE("a stopped run goes on to the same end", "[driver]") {
  const BitSpace space{10, 8};
  const std::string expected = told(run("genetic", {.evaluations = 60}, space).history);
  for (const int results : {1, 7, 30}) {
    MemoryJournal journal;
    BitEvaluator evaluator;
    evaluator.sleep = true;
    History history;
    int seen = 0;
    const auto searcher =
        make_searcher(space, kScoreAndOnes, {.method = "genetic", .population = 8});
    DriverHooks hooks;
    hooks.on_result = [&](std::size_t, const Result&, const History&) { ++seen; };
    hooks.stop = [&] { return seen >= results; };
    const DriverEnd end = drive(space, *searcher, evaluator, kScoreAndOnes, journal, history,
                                {.evaluations = 60, .workers = 3}, hooks);
    CHECK(end.stop == Stop::interrupted);
    // What the journal holds is all there is to go on from.
    History read;
    for (const auto& proposal : journal.proposals) read.add(proposal);
    for (const auto& [id, result] : journal.results) read.add(id, result);
    CHECK(told(run("genetic", {.evaluations = 60, .workers = 2}, space, "", std::move(read))
                   .history) == expected);
  }
}

TEST_CASE("more workers than the lookahead are refused", "[driver]") {
  CHECK_THROWS_AS(run("random", {.lookahead = 2, .workers = 3}, BitSpace{4}),
                  std::invalid_argument);
  CHECK_THROWS_AS(run("random", {.workers = 0}, BitSpace{4}), std::invalid_argument);
}
