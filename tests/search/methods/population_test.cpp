// Ranking of members and what a population of bounded size keeps.
#include "search/methods/population.hpp"

#include <cmath>

#include "tests/catch.hpp"
#include "tests/support/histories.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Member member(std::size_t id, std::vector<double> point, double violation = 0) {
  return {.id = id, .score = {.violation = violation, .point = std::move(point)}};
}

std::vector<std::size_t> ids(const std::vector<Member>& members) {
  std::vector<std::size_t> ids;
  for (const Member& one : members) ids.push_back(one.id);
  return ids;
}

Result scored(double score, double ones) {
  return {.metrics = {{"score", score}, {"ones", ones}}, .message = ""};
}

std::vector<std::size_t> kept(const std::vector<Result>& results, std::size_t size,
                              const Objectives& objectives = kScoreAndOnes) {
  const History history = history_of(results);
  Population population{objectives, size};
  population.update(View{history, history.size(), history.size()});
  auto found = ids(population.members());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("members are ranked by front then by crowding then by age", "[population]") {
  // Front 0: 1, 4, 0, 3 along x + y = 4 with 4 in a crowd; front 1: 2.
  std::vector<Member> members{member(0, {3, 1}), member(1, {0, 4}), member(2, {4, 4}),
                              member(3, {4, 0}), member(4, {3.5, 0.5})};
  rank_members(members);
  CHECK(ids(members) == std::vector<std::size_t>{1, 3, 0, 4, 2});
  CHECK(members[0].crowding == kInfinity);
  CHECK(members[1].crowding == kInfinity);
  // (3.5 - 0) / 4 + (4 - 0.5) / 4, and (4 - 3) / 4 + (1 - 0) / 4.
  CHECK(members[2].crowding == Approx(1.75));
  CHECK(members[3].crowding == Approx(0.5));
  CHECK(members[4].rank == 1);
}

TEST_CASE("who breaks a bound comes after all who keep them", "[population]") {
  std::vector<Member> members{member(0, {0, 0}, 0.5), member(1, {9, 9}), member(2, {8, 8}),
                              member(3, {5, 5}, 0.1)};
  rank_members(members);
  CHECK(ids(members) == std::vector<std::size_t>{2, 1, 3, 0});
  for (std::size_t i = 0; i < members.size(); ++i) CHECK(members[i].rank == i);
}

TEST_CASE("with one number that number ranks", "[population]") {
  std::vector<Member> members{member(0, {3}), member(1, {1}), member(2, {2}), member(3, {1})};
  rank_members(members);
  CHECK(ids(members) == std::vector<std::size_t>{1, 3, 2, 0});
}

TEST_CASE("the worst leaves and ends of the front never do", "[population]") {
  std::vector<Result> line;
  for (int i = 0; i <= 10; ++i) line.push_back(scored(i, i));
  const auto of_line = kept(line, 4);
  CHECK(of_line.size() == 4);
  CHECK(of_line.front() == 0);
  CHECK(of_line.back() == 10);
  line.push_back(scored(5, 7));  // beaten
  CHECK(kept(line, 4) == of_line);
  CHECK(kept(line, 100).size() == 12);
}

TEST_CASE("what is not done or has no number never joins", "[population]") {
  Result diverged = scored(9, 0);
  diverged.status = Status::diverged;
  Result duplicate = scored(1, 1);
  duplicate.status = Status::duplicate;
  CHECK(kept({scored(1, 1),
              diverged,
              duplicate,
              scored(std::nan(""), 0),
              {.metrics = {{"ones", 0}}, .message = ""},
              scored(2, 2)},
             10) == std::vector<std::size_t>{0, 5});
}

TEST_CASE("a population holds what a ranking after each arrival leaves", "[population]") {
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 20)));
  Random random{seed, "results"};
  std::vector<Result> results;
  for (int i = 0; i < 60; ++i)
    results.push_back(scored(static_cast<double>(random.below(9)), random.uniform() * 4));
  std::vector<Member> members;
  for (std::size_t id = 0; id < results.size(); ++id) {
    members.push_back({.id = id, .score = *score(kScoreAndOnes, results[id].metrics)});
    rank_members(members);
    if (members.size() > 7) members.pop_back();
  }
  auto expected = ids(members);
  std::sort(expected.begin(), expected.end());
  CHECK(kept(results, 7) == expected);
}

TEST_CASE("a view that shows less starts the population over", "[population]") {
  const History history = history_of({scored(1, 1), scored(2, 2), scored(3, 3)});
  Population population{kScore, 2};
  population.update(View{history, 3, 3});
  CHECK(ids(population.members()) == std::vector<std::size_t>{2, 1});
  population.update(View{history, 3, 1});
  CHECK(ids(population.members()) == std::vector<std::size_t>{0});
  population.update(View{history, 3, 3});
  CHECK(ids(population.members()) == std::vector<std::size_t>{2, 1});
}
