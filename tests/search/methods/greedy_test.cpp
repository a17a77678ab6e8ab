// Hill climbing: where it begins, what it climbs, when it begins again.
#include "search/methods/greedy.hpp"

#include <map>

#include "search/methods/extreme.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

MethodOptions greedy(const std::string& from, bool first = true, int restarts = 1000000) {
  return {.method = "greedy", .first_improvement = first, .from = from, .restarts = restarts};
}

}  // namespace

TEST_CASE("greedy climbs a single hill to its top from wherever it begins", "[greedy]") {
  const BitSpace space{12};
  const bool first = GENERATE(true, false);
  for (const char* from : {"start", "small", "large", "random"}) {
    INFO(from << first);
    const auto [history, end] = searched(space, kScore, greedy(from, first, 0), 1000, 2);
    CHECK(best(history) >= 12);
    CHECK(history.evaluations() <= 1 + 12 * 13);
    CHECK(end.reason == "a local optimum is reached and no restart is left");
  }
}

TEST_CASE("greedy begins at the smallest or the largest candidate within the limits", "[greedy]") {
  const BitSpace space{14, 9};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto begun = [&](const char* from) {
      return BitSpace::ones(
          searched(space, kScore, greedy(from), 1, seed).history.proposal(0).genome);
    };
    CHECK(begun("small") == 0);
    CHECK(begun("large") == 9);
  }
}

TEST_CASE("the best improvement looks at a whole neighbourhood before it steps", "[greedy]") {
  const BitSpace space{10};
  const History history = searched(space, kScore, greedy("random", false, 0), 1000, 4, 1).history;
  std::map<std::size_t, std::size_t> children;
  for (std::size_t id = 1; id < history.size(); ++id) {
    const std::size_t parent = history.proposal(id).parents.at(0);
    if (id > 1 && history.proposal(id - 1).parents.at(0) != parent)
      CHECK(children.count(parent) == 0);  // who has been left is not come back to
    ++children[parent];
  }
  CHECK(children.at(0) == 10);
}

TEST_CASE("greedy begins again at a random candidate when every neighbour is known", "[greedy]") {
  const BitSpace space{6};
  const auto [history, end] = searched(space, kScore, greedy("start"), 1000, 1);
  std::size_t restarts = 0;
  for (std::size_t id = 0; id < history.size(); ++id)
    restarts += history.proposal(id).origin == "restart";
  CHECK(restarts > 0);
  CHECK(history.size() == 64);  // to the last candidate
  CHECK(end.stop == Stop::exhausted);
}

TEST_CASE("greedy: what is kept equals a recomputation", "[greedy]") {
  const BitSpace space{8, 6};
  for (const Objectives& objectives : {kScore, kScoreAndOnes})
    for (const char* from : {"start", "large", "random"}) {
      const MethodOptions options = greedy(from);
      const History history = searched(space, objectives, options, 150, 9).history;
      CHECK(cache_equals_recomputation(space, objectives, options, history, 4));
    }
}

TEST_CASE("greedy suggests the same whether or not it looked ahead before", "[greedy]") {
  const BitSpace space{8};
  for (const Objectives& objectives : {kScore, kScoreAndOnes}) {
    const MethodOptions options = greedy("start");
    const History history = searched(space, objectives, options, 120, 3).history;
    const auto kept = make_searcher(space, objectives, options);
    const auto same = [&](const View& view) {
      const auto fresh = make_searcher(space, objectives, options);
      Random one{7, "cache", view.proposals()};
      Random two{7, "cache", view.proposals()};
      return told(kept->propose(view, one)) == told(fresh->propose(view, two)) &&
             kept->possible_parents(view) == fresh->possible_parents(view);
    };
    Random random{5};
    for (std::size_t proposals = 0; proposals <= history.size(); ++proposals) {
      const std::size_t lookahead = random.chance(0.3) ? 0 : 4;
      CHECK(same(View{history, proposals, proposals - std::min(proposals, lookahead)}));
    }
    for (const std::size_t results : {history.size() / 2, history.size() / 3})
      CHECK(same(View{history, history.size() / 2, results}));
  }
}

TEST_CASE("greedy compares candidates after as many epochs, whoever was trained further",
          "[greedy]") {
  const BitSpace space{4};
  History history;
  const auto add = [&](const std::string& genome, const std::string& origin, double score,
                       std::vector<std::size_t> parents) {
    const std::size_t id = history.size();
    history.add(
        {.id = id, .genome = {genome}, .key = genome, .parents = parents, .origin = origin});
    history.add(id, {.metrics = {{"score", score}}, .message = ""});
  };
  add("0000", "start", 1, {});
  add("0001", "neighbour", 0.5, {0});
  add("0001", std::string{kPromote}, 3, {1});  // worse than the start was, until it went on
  const auto parent_of_next = [&](bool first = true) {
    const auto searcher = make_searcher(space, kScore, greedy("start", first));
    const View view{history, history.size(), history.size()};
    Random random{1};
    const auto next = searcher->propose(view, random);
    const auto parents = searcher->possible_parents(view);
    const std::size_t parent = std::get<Suggestion>(next).variation.parents.at(0);
    CHECK(std::count(parents.begin(), parents.end(), parent) == 1);
    return parent;
  };
  CHECK(parent_of_next() == 0);
  CHECK(parent_of_next(false) == 0);
  add("0000", std::string{kPromote}, 2, {0});
  CHECK(parent_of_next() == 3);  // whose weights have learnt more
  CHECK(parent_of_next(false) == 3);
  add("0010", "neighbour", 1.5, {3});
  CHECK(parent_of_next() == 4);       // better than the start was after as many epochs
  CHECK(parent_of_next(false) == 3);  // to the end of the neighbourhood
}
