// The searchers' own promises, on bit strings with known answers.
#include "search/methods.hpp"

#include <algorithm>

#include "kernels/error.hpp"
#include "search/driver.hpp"
#include "search/methods/population.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

History searched(const std::string& method, const BitSpace& space, const Objectives& objectives,
                 std::size_t evaluations, std::uint64_t seed, MethodOptions options = {}) {
  options.method = method;
  MemoryJournal journal;
  BitEvaluator evaluator;
  History history;
  const auto searcher = make_searcher(space, objectives, options);
  drive(space, *searcher, evaluator, objectives, journal, history,
        {.seed = seed, .evaluations = evaluations, .lookahead = 4});
  return history;
}

double best(const History& history) {
  double best = 0;
  for (std::size_t id = 0; id < history.size(); ++id)
    if (const auto* result = history.result(id); result->status == Status::done)
      best = std::max(best, result->metrics.at("score"));
  return best;
}

}  // namespace

TEST_CASE("no method proposes a candidate twice or beyond a limit", "[methods]") {
  const BitSpace space{9, 6};
  for (const MethodRow& row : methods()) {
    INFO(row.name);
    const History history = searched(std::string{row.name}, space, kScoreAndOnes, 150, 1);
    CHECK(history.size() == history.evaluations());
  }
}

TEST_CASE("genetic and greedy search beat random search", "[methods]") {
  const BitSpace space{24};
  double random = 0;
  double genetic = 0;
  double greedy = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    random += best(searched("random", space, kScore, 150, seed)) / 10;
    genetic += best(searched("genetic", space, kScore, 150, seed, {.population = 12})) / 10;
    greedy += best(searched("greedy", space, kScore, 150, seed)) / 10;
  }
  CHECK(genetic > random + 1.5);
  CHECK(greedy > random + 1.5);
}

TEST_CASE("greedy climbs a single hill to its top in about as many steps as it is high",
          "[methods]") {
  const BitSpace space{12};
  for (const bool first : {true, false}) {
    INFO(first);
    MethodOptions options;
    options.first_improvement = first;
    options.restarts = 0;
    const History history = searched("greedy", space, kScore, 1000, 2, options);
    CHECK(best(history) >= 12);
    // From all zeros half the bits must turn, each step costs at most one neighbourhood; it ends at
    // the top.
    CHECK(history.evaluations() <= 1 + 12 * 8);
  }
}

TEST_CASE("children name their parents and the edits that led to them", "[methods]") {
  const BitSpace space{16};
  const History history =
      searched("genetic", space, kScoreAndOnes, 120, 5, {.population = 10, .crossover = 0.5});
  std::size_t mutated = 0;
  std::size_t crossed = 0;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const Proposal& p = history.proposal(id);
    for (const auto parent : p.parents) CHECK(parent < id);
    if (p.origin == "mutate") {
      ++mutated;
      REQUIRE(p.parents.size() == 1);
      std::string text = history.proposal(p.parents[0]).genome.text;
      for (const auto& edit : p.edits) {
        char& bit = text[std::stoul(edit.substr(5))];
        bit = bit == '0' ? '1' : '0';
      }
      CHECK(text == p.genome.text);
    }
    if (p.origin == "crossover") {
      ++crossed;
      REQUIRE(p.parents.size() == 2);
      const std::size_t cut = std::stoul(p.edits.at(0).substr(6));
      CHECK(p.genome.text == history.proposal(p.parents[0]).genome.text.substr(0, cut) +
                                 history.proposal(p.parents[1]).genome.text.substr(cut));
    }
  }
  CHECK(mutated > 20);
  CHECK(crossed > 20);
}

TEST_CASE("a population kept up to date equals one made anew", "[methods]") {
  const BitSpace space{12, 9};
  for (const Objectives& objectives : {kScore, kScoreAndOnes}) {
    const History history = searched("random", space, objectives, 120, 3);
    Population kept{objectives, 10};
    std::vector<std::size_t> gone;
    std::vector<std::size_t> before;
    for (std::size_t results = 0; results <= history.size(); ++results) {
      const View view{history, history.size(), results};
      kept.update(view);
      Population fresh{objectives, 10};
      fresh.update(view);
      REQUIRE(kept.members().size() == fresh.members().size());
      CHECK(kept.members().size() <= 10);
      std::vector<std::size_t> now;
      for (std::size_t i = 0; i < kept.members().size(); ++i) {
        CHECK(kept.members()[i].id == fresh.members()[i].id);
        now.push_back(kept.members()[i].id);
        // Who left never comes back: its weights may be gone.
        CHECK(std::find(gone.begin(), gone.end(), now.back()) == gone.end());
      }
      for (const auto id : before)
        if (std::find(now.begin(), now.end(), id) == now.end()) gone.push_back(id);
      before = now;
    }
    CHECK_FALSE(gone.empty());
  }
}

TEST_CASE("the best of one number always stays in the population", "[methods]") {
  const BitSpace space{12};
  const History history = searched("random", space, kScore, 100, 4);
  Population population{kScore, 5};
  population.update(View{history, history.size(), history.size()});
  CHECK(history.result(population.members().front().id)->metrics.at("score") == best(history));
}

TEST_CASE("possible parents hold every later parent", "[methods]") {
  const BitSpace space{14, 10};
  for (const char* method : {"genetic", "greedy"}) {
    INFO(method);
    const History history = searched(method, space, kScoreAndOnes, 100, 6, {.population = 8});
    const auto searcher = make_searcher(space, kScoreAndOnes, {.method = method, .population = 8});
    for (std::size_t seen = 10; seen + 10 < history.size(); seen += 7) {
      const auto possible = searcher->possible_parents(View{history, seen + 4, seen});
      for (std::size_t id = seen + 4; id < history.size(); ++id)
        for (const auto parent : history.proposal(id).parents) {
          if (parent >= seen) continue;
          CHECK(std::find(possible.begin(), possible.end(), parent) != possible.end());
        }
    }
  }
}

TEST_CASE("options out of range and unknown methods are refused", "[methods]") {
  const BitSpace space{4};
  CHECK_THROWS_AS(make_searcher(space, kScore, {.method = "genetc"}), ConfigError);
  CHECK_THROWS_AS(make_searcher(space, kScore, {.population = 1}), ConfigError);
  CHECK_THROWS_AS(make_searcher(space, kScore, {.tournament = 0}), ConfigError);
  CHECK_THROWS_AS(make_searcher(space, kScore, {.crossover = 1.5}), ConfigError);
}
