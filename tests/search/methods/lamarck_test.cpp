// What `lamarck` promises of its proposals: founders, children of the front, repeats.
#include "search/methods/lamarck.hpp"

#include <map>
#include <set>

#include "search/methods/population.hpp"
#include "search/simulate.hpp"
#include "search/synthetic.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

History simulated(const KnownProblem& problem, Searcher& searcher, std::uint64_t seed,
                  std::size_t evaluations) {
  History history;
  static_cast<void>(simulate(*problem.space, searcher, *problem.evaluator, history,
                             {.seed = seed, .evaluations = evaluations, .workers = 1}));
  return history;
}

// Mean regret or hypervolume at the last budget, of some runs.
double mean_figure(const KnownProblem& problem, const auto& make_one, const auto& judge) {
  double sum = 0;
  constexpr int kRuns = 12;
  for (int run = 0; run < kRuns; ++run) {
    const auto searcher = make_one();
    sum += judge(problem, simulated(problem, *searcher, static_cast<std::uint64_t>(run), 120),
                 std::vector<std::size_t>{120})[0];
  }
  return sum / kRuns;
}

const KnownProblem& widths() {
  static const KnownProblem problem = [] {
    for (const auto& row : synthetic_problems())
      if (row.name == "widths") return row.make(3);
    throw std::logic_error("no problem `widths`");
  }();
  return problem;
}

}  // namespace

TEST_CASE("lamarck: parents of children are on the front that they saw", "[lamarck]") {
  const BitSpace space{14, 10};
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 4)));
  const std::size_t lookahead = 4;
  const History history =
      searched(space, kScoreAndOnes, default_options("lamarck"), 100, seed, lookahead).history;
  std::size_t children = 0;
  for (std::size_t id = 16; id < history.size(); ++id) {
    const View view{history, id, id - lookahead};
    const auto best = front(view, kScoreAndOnes);
    for (const std::size_t parent : history.proposal(id).parents) {
      CHECK(std::count(best.begin(), best.end(), parent) == 1);
      ++children;
    }
  }
  CHECK(children > 60);
}

TEST_CASE("lamarck: parents come from where the front is sparse", "[lamarck]") {
  // Four candidates side by side and one far off; the fourth stands before the gap.
  const BitSpace space{16};
  History history;
  const auto add = [&](std::size_t ones, std::optional<double> score) {
    const std::size_t id = history.size();
    const Genome genome{std::string(ones, '1') + std::string(16 - ones, '0')};
    history.add({.id = id, .genome = genome, .key = space.key(genome), .origin = "random"});
    Result result{.metrics = {{"ones", static_cast<double>(ones)}}, .message = ""};
    if (score) result.metrics["score"] = *score;
    if (!score) result.status = Status::failed;
    history.add(id, std::move(result));
  };
  add(0, std::nullopt);  // the start
  for (const std::size_t ones : {1, 2, 3, 4}) add(ones, 0.1 * static_cast<double>(ones));
  add(10, 0.9);
  for (std::size_t ones = 11; ones < 17; ++ones) add(ones, std::nullopt);

  const auto parents = [&](bool density) {
    LamarckParts parts{.model = false, .density = density, .crossover = false};
    const auto searcher = make_lamarck(space, kScoreAndOnes, parts);
    std::map<std::size_t, int> times;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      Random random{i, "proposal", 12};
      const auto next = searcher->propose(View{history, history.size(), history.size()}, random);
      ++times[std::get<Suggestion>(next).variation.parents.at(0)];
    }
    return times;
  };
  const auto sparse = parents(true);
  CHECK(sparse.at(4) > 1.5 * sparse.at(3));
  CHECK(sparse.at(5) > 1.5 * sparse.at(3));  // the far end
  const auto alike = parents(false);
  CHECK(alike.at(4) < 1.25 * alike.at(3));
  CHECK(alike.at(4) > 0.8 * alike.at(3));
}

TEST_CASE("lamarck: with one number the best are evaluated again", "[lamarck]") {
  const BitSpace space{14, 10};
  const std::size_t lookahead = 3;
  const History history =
      searched(space, kScore, default_options("lamarck"), 120, 2, lookahead).history;
  std::size_t repeats = 0;
  std::size_t of_the_best = 0;
  std::map<std::string, int> times;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const Proposal& proposal = history.proposal(id);
    if (proposal.origin != kRepeat) continue;
    ++repeats;
    ++times[proposal.key];
    const View view{history, id, id - lookahead};
    const auto first = view.first(proposal.key);
    REQUIRE(first);
    CHECK(*first < id - lookahead);
    CHECK(history.proposal(*first).genome == proposal.genome);
    CHECK(history.proposal(*first).parents == proposal.parents);
    CHECK(history.proposal(*first).edits == proposal.edits);
    Population population{kScore, 60};
    population.update(view);
    std::size_t rank = 0;
    while (population.members().at(rank).id != *first) ++rank;
    CHECK(rank < 3);
    of_the_best += rank == 0;
  }
  CHECK(repeats > 0);
  CHECK(repeats < history.size() / 4);
  for (const auto& [key, count] : times) CHECK(count < 8);  // with the first one, 8
  CHECK(of_the_best > 0);
  CHECK(history.evaluations() == 120);  // repeats cost, as they should

  std::set<std::string> origins;
  const auto several =
      searched(space, kScoreAndOnes, default_options("lamarck"), 120, 2, lookahead).history;
  for (std::size_t id = 0; id < several.size(); ++id) origins.insert(several.proposal(id).origin);
  CHECK(origins.count(std::string{kRepeat}) == 0);
}

TEST_CASE("lamarck: before the first result is seen founders name no parent", "[lamarck]") {
  const BitSpace space{14};
  const History history = searched(space, kScore, default_options("lamarck"), 30, 1, 8).history;
  for (std::size_t id = 1; id < 8; ++id) {
    CHECK(history.proposal(id).origin == "random");
    CHECK(history.proposal(id).parents.empty());
    CHECK(history.proposal(id).edits.empty());
  }
}

TEST_CASE("lamarck: a repeat that fails is not tried for ever", "[lamarck]") {
  struct Once final : Evaluator {
    BitEvaluator inner;
    std::optional<Result> evaluate(const Candidate& candidate) override {
      if (candidate.proposal->origin == kRepeat) throw std::runtime_error("diverged");
      return inner.evaluate(candidate);
    }
  } evaluator;
  const BitSpace space{14};
  const auto searcher = make_searcher(space, kScore, default_options("lamarck"));
  MemoryJournal journal;
  History history;
  static_cast<void>(drive(space, *searcher, evaluator, kScore, journal, history,
                          {.evaluations = 120, .lookahead = 3}));
  std::size_t repeats = 0;
  for (std::size_t id = 0; id < history.size(); ++id)
    repeats += history.proposal(id).origin == kRepeat;
  CHECK(repeats > 0);
  CHECK(repeats < history.size() / 4);
}

TEST_CASE("lamarck: what is expected to miss a bound is left alone", "[lamarck]") {
  Objectives bounded = two_objectives();
  bounded.list[0].bound = 0.93;
  const auto missing = [&](const Objectives& objectives) {  // the share of the last half
    std::size_t missed = 0, all = 0;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const auto searcher = make_searcher(*widths().space, objectives, default_options("lamarck"));
      const History history = simulated(widths(), *searcher, seed, 160);
      for (std::size_t id = 80; id < history.size(); ++id) {
        const auto scored = score(bounded, history.result(id)->metrics);
        ++all;
        missed += scored && scored->violation > 0;
      }
    }
    return static_cast<double>(missed) / static_cast<double>(all);
  };
  CHECK(missing(bounded) < 0.25);
  CHECK(missing(two_objectives()) > 0.5);

  // A bound on what is not ranked by.
  Objectives weighted = bounded;
  weighted.ranking = Ranking::weighted;
  weighted.list[0].weight = 0;
  CHECK(missing(weighted) < 0.5);
}

TEST_CASE("lamarck: children that inherit are one mutation from their parents", "[lamarck]") {
  const BitSpace space{14};
  const auto longest = [&](bool inherits) {
    MethodOptions options = default_options("lamarck");
    options.inherits = inherits;
    const History history = searched(space, kScoreAndOnes, options, 80, 1, 4).history;
    std::size_t edits = 0;
    for (std::size_t id = 20; id < history.size(); ++id)  // founders are walks
      if (history.proposal(id).origin == "mutate")
        edits = std::max(edits, history.proposal(id).edits.size());
    return edits;
  };
  CHECK(longest(true) == 1);
  CHECK(longest(false) > 1);
}

TEST_CASE("lamarck finds more than random search and than itself without the model", "[lamarck]") {
  LamarckParts blind;
  blind.model = false;
  const auto method = [&](const char* name, const Objectives& objectives) {
    return [&, name] { return make_searcher(*widths().space, objectives, default_options(name)); };
  };
  const Objectives one = single_objective();
  const double regret = mean_figure(widths(), method("lamarck", one), regrets);
  CHECK(regret < 0.5 * mean_figure(widths(), method("random", one), regrets));
  CHECK(regret <
        0.8 * mean_figure(
                  widths(), [&] { return make_lamarck(*widths().space, one, blind); }, regrets));
  const Objectives two = two_objectives();
  const double volume = mean_figure(widths(), method("lamarck", two), hypervolume_ratios);
  CHECK(volume > mean_figure(widths(), method("genetic", two), hypervolume_ratios));
  CHECK(volume > mean_figure(widths(), method("random", two), hypervolume_ratios));
}
