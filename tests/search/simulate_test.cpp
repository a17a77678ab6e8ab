// The simulated clock: equal to the driver where it promises so, and its own schedule.
#include "search/simulate.hpp"

#include <cmath>
#include <numeric>

#include "kernels/error.hpp"
#include "search/methods.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

// As BitEvaluator, with a duration between 1 and 10 seconds that depends on the genome.
class Timed final : public Evaluator {
 public:
  std::optional<Result> evaluate(const Candidate& candidate) override {
    auto result = inner.evaluate(candidate);
    result->seconds = duration(candidate.proposal->genome);
    return result;
  }
  static double duration(const Genome& genome) {
    return 1 + static_cast<double>(stable_hash(genome.text) % 10);
  }
  BitEvaluator inner;
};

std::unique_ptr<Searcher> searcher(const std::string& method, const Space& space,
                                   const Objectives& objectives = kScore) {
  MethodOptions options;
  options.method = method;
  options.population = 8;
  return make_searcher(space, objectives, options);
}

// Proposes what it is told to, and keeps what it was shown.
class Scripted final : public Searcher {
 public:
  explicit Scripted(std::vector<std::string> genomes) : genomes_{std::move(genomes)} {}
  Suggested propose(const View& view, Random&) override {
    shown.push_back({view.proposals(), view.results()});
    std::string seen;
    for (std::size_t id = 0; id < view.results(); ++id) seen += view.proposal(id).genome.text + " ";
    texts.push_back(seen);
    if (next_ == genomes_.size()) return Exhausted{"the script is over"};
    return Suggestion{{.genome = {genomes_[next_++]}}, "scripted"};
  }
  std::vector<std::size_t> possible_parents(const View&) override { return {}; }
  std::vector<std::pair<std::size_t, std::size_t>> shown;
  std::vector<std::string> texts;

 private:
  std::vector<std::string> genomes_;
  std::size_t next_ = 0;
};

// Takes as many seconds as the genome has ones.
class Ones final : public Evaluator {
 public:
  std::optional<Result> evaluate(const Candidate& candidate) override {
    if (candidate.proposal->genome.text.starts_with("f")) throw std::runtime_error("it fails");
    return Result{.metrics = {{"score", 1}},
                  .message = "",
                  .seconds = BitSpace::ones(candidate.proposal->genome)};
  }
};

}  // namespace

TEST_CASE("with a lookahead a simulation has the history of the driver for any workers",
          "[simulate]") {
  const BitSpace space{9, 7};
  for (const MethodRow& row : methods()) {
    INFO(row.name);
    const auto& objectives = GENERATE_COPY(kScore, kScoreAndOnes);
    for (const std::size_t lookahead : {1U, 5U}) {
      MemoryJournal journal;
      BitEvaluator evaluator;
      History driven;
      const auto method = searcher(std::string{row.name}, space, objectives);
      drive(space, *method, evaluator, objectives, journal, driven,
            {.seed = 3, .evaluations = 40, .lookahead = lookahead});
      for (const std::size_t workers : {1U, 16U}) {
        Timed timed;
        History simulated;
        const auto again = searcher(std::string{row.name}, space, objectives);
        static_cast<void>(
            simulate(space, *again, timed, simulated,
                     {.seed = 3, .evaluations = 40, .workers = workers, .lookahead = lookahead}));
        CHECK(told(simulated) == told(driven));
      }
    }
  }
}

TEST_CASE("one worker evaluates one after the other and each proposal sees all before it",
          "[simulate]") {
  const BitSpace space{4};
  Scripted script{{"0001", "0111", "0011"}};
  Ones evaluator;
  History history;
  const auto end = simulate(space, script, evaluator, history, {.evaluations = 10});
  CHECK(end.stop == Stop::exhausted);
  CHECK(end.finished == std::vector<double>{1, 4, 6});
  CHECK(end.seconds == 6);
  CHECK(end.busy == Approx(1));
  CHECK(script.shown ==
        std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {1, 1}, {2, 2}, {3, 3}});
}

TEST_CASE("as they finish proposals count in the order of finishing", "[simulate]") {
  const BitSpace space{6};
  // Three workers: durations 5, 1, 3; then 1 at time 1 (done at 2), 1 at 2 (3, after the older).
  Scripted script{{"011111", "000001", "000111", "000010", "000100"}};
  Ones evaluator;
  History history;
  const auto end = simulate(space, script, evaluator, history, {.workers = 3});
  std::vector<std::string> order;
  for (std::size_t id = 0; id < history.size(); ++id) {
    order.push_back(history.proposal(id).genome.text);
    CHECK(history.proposal(id).id == id);
    CHECK(history.find(order.back()) == id);
  }
  CHECK(order == std::vector<std::string>{"000001", "000010", "000111", "000100", "011111"});
  CHECK(end.finished == std::vector<double>{1, 2, 3, 3, 5});
  CHECK(script.texts[3] == "000001 ");
  CHECK(script.texts[4] == "000001 000010 ");
  CHECK(script.texts[5] == "000001 000010 000111 ");
  CHECK(end.busy == Approx((5 + 1 + 3 + 1 + 1) / (3 * 5.0)));
}

TEST_CASE("duplicates and rejected proposals take no time", "[simulate]") {
  const BitSpace space{4, 3};
  // The second equals one that is running, the third is beyond the limit.
  Scripted script{{"0011", "0011", "1111", "0001", "0001"}};
  Ones evaluator;
  History history;
  const auto end = simulate(space, script, evaluator, history, {.evaluations = 10, .workers = 2});
  CHECK(history.evaluations() == 2);
  CHECK(history.size() == 5);
  CHECK(end.seconds == 2);
  std::size_t duplicates = 0;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const Result& result = *history.result(id);
    if (result.status != Status::duplicate) continue;
    ++duplicates;
    CHECK(*result.duplicate_of < id);
    CHECK(history.proposal(*result.duplicate_of).key == history.proposal(id).key);
  }
  CHECK(duplicates == 2);
}

TEST_CASE("simulated time limits what is proposed and leaves the rest open", "[simulate]") {
  const BitSpace space{4};
  Scripted script{{"0111", "0001", "0111", "0011", "1111"}};
  Ones evaluator;
  History history;
  const auto end =
      simulate(space, script, evaluator, history, {.evaluations = 10, .workers = 1, .seconds = 5});
  CHECK(end.stop == Stop::time);
  CHECK(end.seconds == 5);
  CHECK(history.size() == 4);  // the repeated one costs nothing; 0011 would end at 6
  CHECK(history.result(3) == nullptr);
  CHECK(std::isnan(end.finished[3]));
  CHECK(end.busy == Approx(1));
}

TEST_CASE("an evaluation without a time takes a second and one that throws has failed",
          "[simulate]") {
  const BitSpace space{4};
  Scripted script{{"0000", "f111", "0001"}};
  Ones evaluator;
  History history;
  const auto end = simulate(space, script, evaluator, history, {});
  CHECK(history.result(1)->status == Status::failed);
  CHECK(history.result(1)->message == "it fails");
  CHECK(end.finished == std::vector<double>{1, 2, 3});
  Scripted again{{"0000", "0011", "f111"}};
  History told;
  const auto none = simulate(space, again, evaluator, told, {.untold_seconds = 0});
  CHECK(none.finished == std::vector<double>{0, 2, 2});
}

TEST_CASE("every method runs on many workers and ends when a space is used up", "[simulate]") {
  const BitSpace space{6};
  for (const MethodRow& row : methods()) {
    INFO(row.name);
    Timed evaluator;
    History history;
    const auto method = searcher(std::string{row.name}, space, kScoreAndOnes);
    const auto end =
        simulate(space, *method, evaluator, history, {.evaluations = 1000, .workers = 20});
    CHECK(end.stop == Stop::exhausted);
    CHECK(history.evaluations() > 40);
    CHECK(history.evaluations() <= 64);
    for (std::size_t id = 1; id < history.size(); ++id)
      CHECK(end.finished[id] >= end.finished[id - 1]);
    for (std::size_t id = 0; id < history.size(); ++id)
      for (const std::size_t parent : history.proposal(id).parents) {
        CHECK(parent < id);  // a parent had finished before its child was even proposed
        CHECK(end.finished[parent] <=
              end.finished[id] - Timed::duration(history.proposal(id).genome) + 1e-9);
      }
  }
}

TEST_CASE("a thousand workers are simulated quickly and are kept busy", "[simulate]") {
  const BitSpace space{40};
  Timed evaluator;
  History history;
  const auto method = searcher("random", space);
  const auto end =
      simulate(space, *method, evaluator, history, {.evaluations = 5000, .workers = 1000});
  CHECK(history.evaluations() == 5000);
  CHECK(end.busy > 0.7);
  CHECK(end.seconds < 60);  // 5000 * 5.5 / 1000, and the last to finish
}

TEST_CASE("simulations that mean nothing are refused", "[simulate]") {
  const BitSpace space{4};
  Scripted script{{"0000"}};
  Ones evaluator;
  History history;
  CHECK_THROWS_AS(simulate(space, script, evaluator, history, {.workers = 0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(simulate(space, script, evaluator, history, {.seconds = -1}),
                  std::invalid_argument);
  CHECK_THROWS_AS(simulate(space, script, evaluator, history, {.seconds = std::nan("")}),
                  std::invalid_argument);
  static_cast<void>(simulate(space, script, evaluator, history, {}));
  CHECK_THROWS_AS(simulate(space, script, evaluator, history, {}), std::invalid_argument);
}
