// Scores: what candidates are ranked by, and what bounds make of it.
#include "search/objectives.hpp"

#include <cmath>
#include <limits>

#include "search/methods/population.hpp"
#include "search/searcher.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

const Objectives kBounded{{{.metric = "accuracy", .maximize = true, .bound = 0.8},
                           {.metric = "macs", .maximize = false, .bound = 100.0}},
                          Ranking::pareto};

Metrics scored(double accuracy, double macs) { return {{"accuracy", accuracy}, {"macs", macs}}; }

History history_of(const std::vector<Metrics>& list) {
  History history;
  for (std::size_t id = 0; id < list.size(); ++id) {
    history.add(
        {.id = id, .genome = {std::to_string(id)}, .key = std::to_string(id), .origin = "start"});
    history.add(id, {.metrics = list[id], .message = ""});
  }
  return history;
}

}  // namespace

TEST_CASE("a score holds what is to be minimised and how far bounds are missed", "[objectives]") {
  CHECK(score(kBounded, scored(0.9, 50)) == Score{0, {-0.9, 50}});
  CHECK(score(kBounded, scored(0.8, 100)) == Score{0, {-0.8, 100}});  // on the bound is within
  CHECK(score(kBounded, scored(0.4, 150))->violation == Approx(0.5 + 0.5));
  CHECK_FALSE(score(kBounded, {{"accuracy", 1.0}}));
  CHECK_FALSE(score(kBounded, scored(std::nan(""), 1)));

  Objectives weighted = kBounded;
  weighted.ranking = Ranking::weighted;
  weighted.list[0].weight = 1000;
  CHECK(score(weighted, scored(0.9, 50))->point == std::vector<double>{-850});
}

TEST_CASE("what keeps the bounds is better than what does not", "[objectives]") {
  const auto at = [](double accuracy, double macs) {
    return *score(kBounded, scored(accuracy, macs));
  };
  CHECK(better(at(0.8, 99), at(0.79, 1)));  // misses one bound, and would not be dominated
  CHECK_FALSE(better(at(0.79, 1), at(0.8, 99)));
  CHECK(better(at(0.7, 1), at(0.6, 1)));
  CHECK(better(at(0.9, 50), at(0.9, 60)));
  CHECK_FALSE(better(at(0.9, 50), at(0.91, 60)));
  CHECK_FALSE(better(at(0.9, 50), at(0.9, 50)));
}

TEST_CASE("fronts hold only what keeps every bound", "[objectives]") {
  const History history = history_of(
      {scored(0.1, 1), scored(0.85, 50), scored(0.95, 101), scored(0.9, 99), scored(0.79, 20)});
  CHECK(front({history, 5, 5}, kBounded) == std::vector<std::size_t>{3, 1});
  CHECK(front({history, 1, 1}, kBounded).empty());
}

TEST_CASE("a population closes in on the bounds and then lives within them", "[objectives]") {
  const History history = history_of({scored(0.1, 1), scored(0.3, 2), scored(0.5, 2),
                                      scored(0.7, 50), scored(0.85, 50), scored(0.9, 99)});
  const auto members_at = [&](std::size_t results) {
    Population population{kBounded, 2};
    population.update({history, results, results});
    std::vector<std::size_t> ids;
    for (const Member& member : population.members()) ids.push_back(member.id);
    return ids;
  };
  // While none keeps them, those closest to doing so stay, however cheap the others are.
  CHECK(members_at(3) == std::vector<std::size_t>{2, 1});
  CHECK(members_at(5) == std::vector<std::size_t>{4, 3});
  CHECK(members_at(6) == std::vector<std::size_t>{4, 5});
}

TEST_CASE("the reward of accuracy at a cost is the paper's", "[objectives]") {
  Objectives soft{{{.metric = "accuracy", .maximize = true},
                   {.metric = "macs", .maximize = false, .target = Target{.at = 80}}},
                  Ranking::target};
  const auto reward = [](const Objectives& objectives, double accuracy, double macs) {
    const auto scored_one = score(objectives, scored(accuracy, macs));
    REQUIRE(scored_one);
    REQUIRE(scored_one->point.size() == 1);
    return -scored_one->point[0];
  };
  // M. Tan et al.: with w = -0.07 twice the cost is worth 5 % of accuracy: 0.5 -> 0.5 * 1.05.
  CHECK(reward(soft, 0.5, 80) == Approx(0.5));
  CHECK(reward(soft, 0.5 * 1.05, 160) == Approx(reward(soft, 0.5, 80)).epsilon(1e-3));
  CHECK(reward(soft, 0.5, 160) == Approx(0.5 * std::pow(2, -0.07)));
  CHECK(reward(soft, 0.5, 40) == Approx(0.5 * std::pow(2, 0.07)));

  // Their hard one: alpha = 0, beta = -1.
  Objectives hard = soft;
  hard.list[1].target = Target{.at = 80, .within = 0, .beyond = 1};
  CHECK(reward(hard, 0.5, 10) == Approx(0.5));
  CHECK(reward(hard, 0.5, 160) == Approx(0.25));

  // Something maximised may have a target as well, and bounds stay bounds.
  hard.list[0].target = Target{.at = 0.8, .within = 0, .beyond = 2};
  CHECK(reward(hard, 0.9, 10) == Approx(1));
  CHECK(reward(hard, 0.4, 160) == Approx(0.25 * 0.5));
  hard.list[0].bound = 0.5;
  CHECK(score(hard, scored(0.4, 160))->violation > 0);
}

TEST_CASE("rewards order what is negative or nothing as well", "[objectives]") {
  const Objectives objectives{
      {{.metric = "accuracy", .maximize = true},
       {.metric = "macs", .maximize = false, .target = Target{.at = 100, .beyond = 1}}},
      Ranking::target};
  const auto at = [&](double accuracy, double macs) {
    return *score(objectives, scored(accuracy, macs));
  };
  // An R2 below 0: still the larger the better, and the cheaper.
  CHECK(better(at(-0.1, 50), at(-0.2, 50)));
  CHECK(better(at(-0.1, 50), at(-0.1, 500)));
  CHECK(better(at(0.0, 500), at(-0.1, 50)));
  CHECK(better(at(0.1, 500), at(0.0, 50)));
  // A cost of nothing is no division by it.
  CHECK(std::isfinite(at(0.5, 0).point[0]));
  CHECK(better(at(0.5, 0), at(0.5, 1)));
  // Ties are ties.
  CHECK_FALSE(better(at(0.5, 50), at(0.5, 50)));
}

TEST_CASE("what is not finite has no score in any mode", "[objectives]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Ranking ranking : {Ranking::pareto, Ranking::weighted, Ranking::target}) {
    INFO(name(ranking));
    Objectives objectives = kBounded;
    objectives.ranking = ranking;
    objectives.list[1].target = Target{.at = 100};
    CHECK(score(objectives, scored(0.9, 50)));
    for (const double odd : {infinity, -infinity, std::nan("")}) {
      CHECK_FALSE(score(objectives, scored(0.9, odd)));
      CHECK_FALSE(score(objectives, scored(odd, 50)));
    }
  }
}
