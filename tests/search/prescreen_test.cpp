// Looking at several suggestions before one is taken.
#include "search/prescreen.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

std::optional<double> ones(const Genome& genome) {
  return static_cast<double>(std::count(genome.text.begin(), genome.text.end(), '1'));
}

std::unique_ptr<Searcher> prescreened(const Space& space, CheapScore score, int of,
                                      const std::string& method = "random") {
  return make_prescreened(space, make_searcher(space, kScore, default_options(method)),
                          std::move(score), of);
}

Searched search_with(const Space& space, Searcher& searcher, std::size_t evaluations,
                     std::size_t lookahead = 4, int workers = 1) {
  MemoryJournal journal;
  BitEvaluator evaluator;
  Searched result;
  result.end =
      drive(space, searcher, evaluator, kScore, journal, result.history,
            {.seed = 3, .evaluations = evaluations, .lookahead = lookahead, .workers = workers});
  return result;
}

std::vector<std::string> genomes(const History& history) {
  std::vector<std::string> all;
  for (std::size_t id = 0; id < history.size(); ++id)
    all.push_back(history.proposal(id).genome.text);
  return all;
}

}  // namespace

TEST_CASE("of several suggestions the one with the best score is taken", "[prescreen]") {
  const BitSpace space{12};
  const auto inner = make_searcher(space, kScore, default_options("random"));
  std::vector<std::string> shown;
  const auto searcher = prescreened(
      space,
      [&](const Genome& genome) {
        shown.push_back(genome.text);
        return ones(genome);
      },
      5);
  const History history = search_with(space, *inner, 3).history;
  const View view{history, 3, 3};
  for (std::uint64_t i = 0; i < 30; ++i) {
    shown.clear();
    Random random{i};
    const auto taken = std::get<Suggestion>(searcher->propose(view, random));
    REQUIRE_FALSE(shown.empty());
    CHECK(shown.size() <= 5);
    for (const auto& other : shown) CHECK(*ones({other}) <= *ones(taken.variation.genome));
    CHECK_FALSE(view.known(space.key(taken.variation.genome)));
  }
}

TEST_CASE("equal scores leave the first suggestion and none at all come last", "[prescreen]") {
  const BitSpace space{12};
  const History history = search_with(space, *prescreened(space, ones, 1), 3).history;
  const View view{history, 3, 3};
  const auto taken = [&](const CheapScore& score, int of, std::uint64_t seed) {
    Random random{seed};
    return std::get<Suggestion>(prescreened(space, score, of)->propose(view, random))
        .variation.genome;
  };
  const CheapScore flat = [](const Genome&) { return std::optional{1.0}; };
  const CheapScore none = [](const Genome&) { return std::optional<double>{}; };
  const CheapScore odd = [](const Genome& genome) -> std::optional<double> {
    if (genome.text[0] == '0') return std::nan("");
    return -1e300;
  };
  int better = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(taken(flat, 6, seed) == taken(flat, 1, seed));
    CHECK(taken(none, 6, seed) == taken(none, 1, seed));
    better += taken(odd, 8, seed).text[0] == '1';
  }
  CHECK(better >= 18);  // eight draws without a single 1 in front are rare
}

TEST_CASE("a prescreened search is the same however it is run", "[prescreen]") {
  const BitSpace space{16};
  for (const char* method : {"random", "genetic", "aging"}) {
    INFO(method);
    const auto once =
        genomes(search_with(space, *prescreened(space, ones, 3, method), 60, 4, 1).history);
    CHECK(once ==
          genomes(search_with(space, *prescreened(space, ones, 3, method), 60, 4, 4).history));

    // One that has followed the history suggests what a new one does.
    const History history = search_with(space, *prescreened(space, ones, 3, method), 60).history;
    const auto follower = prescreened(space, ones, 3, method);
    for (std::size_t id = 4; id < history.size(); ++id) {
      const View view{history, id, id - 4};
      Random one{id};
      Random two{id};
      CHECK(told(follower->propose(view, one)) ==
            told(prescreened(space, ones, 3, method)->propose(view, two)));
      CHECK(follower->possible_parents(view) ==
            prescreened(space, ones, 3, method)->possible_parents(view));
    }
  }
}

TEST_CASE("a score that knows the answer finds it sooner", "[prescreen]") {
  const BitSpace space{24};
  const CheapScore answer =
      [](const Genome& genome) {  // what the evaluator will say, without noise
        double score = 0;
        for (std::size_t i = 0; i < genome.text.size(); ++i)
          score += (genome.text[i] == '1') == (i < genome.text.size() / 2);
        return std::optional{score};
      };
  const auto best_of = [&](int of) {
    return best(search_with(space, *prescreened(space, answer, of), 40).history);
  };
  CHECK(best_of(8) > best_of(1));
}

TEST_CASE("a space that is used up is used up with a prescreen too", "[prescreen]") {
  const BitSpace space{4};
  const auto found = search_with(space, *prescreened(space, ones, 4), 100);
  CHECK(found.end.stop == Stop::exhausted);
  const auto all = genomes(found.history);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 16);
}

TEST_CASE("a prescreen that means nothing is refused", "[prescreen]") {
  const BitSpace space{4};
  CHECK_THROWS_AS(prescreened(space, ones, 0), std::invalid_argument);
  CHECK_THROWS_AS(prescreened(space, {}, 2), std::invalid_argument);
}
