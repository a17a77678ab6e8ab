// The genetic algorithm's own promises: how its population is founded, who becomes a parent.
#include "search/methods/genetic.hpp"

#include "search/methods/population.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

MethodOptions genetic(int population, int tournament, double crossover) {
  return {.method = "genetic",
          .population = population,
          .tournament = tournament,
          .crossover = crossover};
}

// The population that proposal `id` chose its parents from.
std::vector<Member> members_seen(const History& history, const Objectives& objectives,
                                 std::size_t size, std::size_t id, std::size_t lookahead) {
  Population population{objectives, size};
  population.update(View{history, id, id > lookahead ? id - lookahead : 0});
  return population.members();
}

}  // namespace

TEST_CASE("genetic: starts come first and founders until the population is full", "[genetic]") {
  const BitSpace space{16};
  const std::size_t lookahead = GENERATE(1, 4);
  // Samples, but where children inherit weights, which samples have none of.
  const bool inherits = GENERATE(false, true);
  MethodOptions options = genetic(10, 3, 1);
  options.inherits = inherits;
  const History history = searched(space, kScore, options, 40, 1, lookahead).history;
  CHECK(history.proposal(0).origin == "start");
  for (std::size_t id = 1; id < 10; ++id) {
    // Before the first result is seen there is nobody to mutate.
    const bool mutant = inherits && id > lookahead;
    CHECK(history.proposal(id).origin == (mutant ? "mutate" : "random"));
    CHECK(history.proposal(id).parents.size() == (mutant ? 1 : 0));
  }
  std::size_t crossed = 0;
  for (std::size_t id = 10; id < 40; ++id) crossed += history.proposal(id).origin == "crossover";
  CHECK(crossed > 20);
}

TEST_CASE("genetic: every parent is a member of the population at that moment", "[genetic]") {
  const BitSpace space{14, 10};
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 6)));
  const History history = searched(space, kScoreAndOnes, genetic(8, 2, 0.5), 100, seed).history;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const auto members = members_seen(history, kScoreAndOnes, 8, id, 4);
    const auto& parents = history.proposal(id).parents;
    for (const std::size_t parent : parents)
      CHECK(std::any_of(members.begin(), members.end(),
                        [&](const Member& member) { return member.id == parent; }));
    if (parents.size() == 2) CHECK(parents[0] != parents[1]);
  }
}

TEST_CASE("genetic: a tournament of many is won by the fittest", "[genetic]") {
  const BitSpace space{20};
  const History history = searched(space, kScore, genetic(6, 300, 0), 60, 5, 1).history;
  for (std::size_t id = 6; id < history.size(); ++id)
    CHECK(history.proposal(id).parents.at(0) == members_seen(history, kScore, 6, id, 1).front().id);
}

TEST_CASE("genetic: a tournament of one chooses among all members", "[genetic]") {
  const BitSpace space{24};
  const History history = searched(space, kScore, genetic(6, 1, 0), 400, 5, 1).history;
  std::vector<int> chosen(6, 0);
  for (std::size_t id = 6; id < history.size(); ++id) {
    const auto members = members_seen(history, kScore, 6, id, 1);
    for (std::size_t i = 0; i < members.size(); ++i)
      chosen[i] += members[i].id == history.proposal(id).parents.at(0);
  }
  for (const int times : chosen) CHECK(times > 30);  // 66 expected
}

TEST_CASE("genetic: crossover is as frequent as asked", "[genetic]") {
  const BitSpace space{40};
  for (const double share : {0.0, 0.3, 0.8}) {
    const History history = searched(space, kScoreAndOnes, genetic(20, 2, share), 400, 7).history;
    double crossed = 0;
    for (std::size_t id = 20; id < 400; ++id) crossed += history.proposal(id).parents.size() == 2;
    CHECK(crossed / 380 == Approx(share).margin(0.08));
  }
}

TEST_CASE("genetic: what is kept equals a recomputation", "[genetic]") {
  const BitSpace space{10, 8};
  for (const Objectives& objectives : {kScore, kScoreAndOnes}) {
    const MethodOptions options = genetic(7, 2, 0.4);
    const History history = searched(space, objectives, options, 120, 9).history;
    CHECK(cache_equals_recomputation(space, objectives, options, history, 4));
  }
}
