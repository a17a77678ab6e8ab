#include "experiments/summary.hpp"

#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/support/histories.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using lamarck::test::scored_history;
using search::Metrics;
using search::Status;

namespace {

Metrics scored(double accuracy, double macs) { return {{"accuracy", accuracy}, {"macs", macs}}; }

const search::Objectives kBoth{{{"accuracy", true, 1.0}, {"macs", false, 1.0}},
                               search::Ranking::pareto};

}  // namespace

TEST_CASE("the front holds what nothing dominates, best first", "[summary]") {
  const auto history = scored_history({{Status::done, scored(0.8, 10)},
                                       {Status::done, scored(0.9, 20)},
                                       {Status::done, scored(0.7, 20)},
                                       {Status::failed, scored(1.0, 1)},
                                       {Status::duplicate, scored(0.9, 20)},
                                       {Status::done, {}}});
  const Front front = summarise_front(history, kBoth, {{"macs", 40.0}});
  REQUIRE(front.members.size() == 2);
  CHECK(front.members[0].id == 1);
  CHECK(front.members[1].id == 0);
  CHECK(front.reference == std::vector<double>{0, 40});
  // Of the unit box: 0.9 x (1 - 20/40) plus 0.8 x (20/40 - 10/40).
  CHECK(front.hypervolume == Approx(0.9 * 0.5 + 0.8 * 0.25));
  // Without a limit the costliest candidate done is the reference.
  CHECK(summarise_front(history, kBoth, {}).reference[1] == 20);
}

TEST_CASE("a bound leaves out what misses it and is the reference", "[summary]") {
  const auto history = scored_history({{Status::done, scored(0.8, 10)},
                                       {Status::done, scored(0.9, 20)},
                                       {Status::done, scored(0.3, 1)}});
  auto bounded = kBoth;
  bounded.list[0].bound = 0.6;
  const Front front = summarise_front(history, bounded, {{"macs", 40.0}});
  REQUIRE(front.members.size() == 2);
  CHECK(front.members[1].id == 0);
  CHECK(front.reference == std::vector<double>{0.6, 40});
  // 0.9 is three quarters of the way from 0.6 to 1, 0.8 half of it.
  CHECK(front.hypervolume == Approx(0.75 * 0.5 + 0.5 * 0.25));
}

TEST_CASE("a cost that may be negative is measured from its least value", "[summary]") {
  const auto scored = [](double accuracy, double loss) {
    return Metrics{{"accuracy", accuracy}, {"nll", loss}};
  };
  const search::Objectives objectives{{{"accuracy", true, 1.0}, {"nll", false, 1.0}},
                                      search::Ranking::pareto};
  const auto history = scored_history({{Status::done, scored(0.5, -3)},
                                       {Status::done, scored(0.8, -2)},
                                       {Status::done, scored(0.7, -1)}});
  const Front front = summarise_front(history, objectives, {});
  CHECK(front.reference == std::vector<double>{0, -1});
  // From the reference -1 to the ideal -3: the whole width at 0.5, half of it at 0.8.
  CHECK(front.hypervolume == Approx(0.5 + 0.3 * 0.5));
}

TEST_CASE("weighted objectives have one best", "[summary]") {
  const auto history =
      scored_history({{Status::done, scored(0.8, 10)}, {Status::done, scored(0.9, 200)}});
  search::Objectives weighted{{{"accuracy", true, 1000.0}, {"macs", false, 1.0}},
                              search::Ranking::weighted};
  REQUIRE(summarise_front(history, weighted, {}).members.size() == 1);
  CHECK(summarise_front(history, weighted, {}).members[0].id == 0);
  weighted.list[0].weight = 10000;
  CHECK(summarise_front(history, weighted, {}).members[0].id == 1);
}

TEST_CASE("an empty run has an empty front", "[summary]") {
  const Front front = summarise_front(scored_history({}), kBoth, {});
  CHECK(front.members.empty());
  CHECK(front.hypervolume == 0);
}

TEST_CASE("final scores are means over seeds in any order of arrival", "[summary]") {
  const auto history = scored_history({{Status::done, scored(0.8, 10)}});
  const auto row = [](const char* start, int seed, double accuracy) {
    return search::FinalRow{0, start, seed, {{"test_accuracy", accuracy}}, ""};
  };
  const std::vector<search::FinalRow> rows{row("inherited", 1, 0.9), row("scratch", 0, 0.5),
                                           row("inherited", 0, 0.8)};
  const Front front = summarise_front(history, kBoth, {}, rows, {"inherited", "scratch"});
  REQUIRE(front.members[0].finals.size() == 2);
  const auto& first = front.members[0].finals[0];
  CHECK(first.start == "inherited");
  CHECK(first.seeds == std::vector<int>{0, 1});
  CHECK(first.mean.find("test_accuracy")->second == Approx(0.85));
  CHECK(first.deviation.find("test_accuracy")->second == Approx(0.0707107));
  CHECK(front.members[0].finals[1].deviation.empty());  // one seed has no spread
}

TEST_CASE("a seed that diverged counts as failed and not as a score", "[summary]") {
  const auto history = scored_history({{Status::done, scored(0.8, 10)}});
  const std::vector<search::FinalRow> rows{
      {.proposal = 0, .start = "inherited", .seed = 0, .metrics = {{"test_accuracy", 0.9}}},
      {.proposal = 0,
       .start = "inherited",
       .seed = 1,
       .metrics = {{"epochs", 1}},
       .message = "diverged: loss 1e9"}};
  const Front front = summarise_front(history, kBoth, {}, rows, {"inherited"});
  REQUIRE(front.members[0].finals.size() == 1);
  const auto& scores = front.members[0].finals[0];
  CHECK(scores.seeds == std::vector<int>{0});
  CHECK(scores.failed == 1);
  CHECK(scores.mean.find("test_accuracy")->second == 0.9);
  CHECK(scores.mean.count("epochs") == 0);
}

TEST_CASE("the scores of former finalists are not shown", "[summary]") {
  // The second was the best, and retrained, before the third came.
  const auto history = scored_history({{Status::done, scored(0.1, 1)},
                                       {Status::done, scored(0.88, 10)},
                                       {Status::done, scored(0.9, 20)}});
  Experiment experiment;
  experiment.objectives = kBoth;
  experiment.final.choose = 1;
  const std::vector<search::FinalRow> rows{
      {.proposal = 1, .start = "inherited", .seed = 0, .metrics = {{"test_accuracy", 0.7}}},
      {.proposal = 2, .start = "inherited", .seed = 0, .metrics = {{"test_accuracy", 0.8}}}};
  const Front front = summarise_run(history, experiment, rows);
  REQUIRE(front.members.size() == 3);
  CHECK(front.members[0].finals.size() == 1);
  CHECK(front.members[1].finals.empty());
}

TEST_CASE("finalists lie along the useful end of the front and begin with the best", "[summary]") {
  Front front{.objectives = kBoth, .reference = {}, .members = {}};
  for (std::size_t i = 0; i < 9; ++i)
    front.members.push_back({10 + i, scored(0.9 - 0.01 * static_cast<double>(i), 1), {}});
  front.members.push_back({30, scored(0.5, 1), {}});
  front.members.push_back({31, scored(0.1, 1), {}});
  CHECK(choose_finalists(front, {.choose = 3}) == std::vector<std::size_t>{10, 14, 18});
  CHECK(choose_finalists(front, {.choose = 1}) == std::vector<std::size_t>{10});
  CHECK(choose_finalists(front, {.choose = 0}).empty());
  CHECK(choose_finalists(front, {.choose = 50}).size() == 9);
  CHECK(choose_finalists({.objectives = kBoth, .reference = {}, .members = {}}, {.choose = 3})
            .empty());
  // A bound says what is useful.
  front.objectives.list[0].bound = 0.05;
  CHECK(choose_finalists(front, {.choose = 3}) == std::vector<std::size_t>{10, 15, 31});
}

TEST_CASE("finalists may be the best within limits", "[summary]") {
  Front front{.objectives = kBoth, .reference = {}, .members = {}};
  const auto member = [](std::size_t id, double accuracy, double macs, double params) {
    search::Metrics metrics = scored(accuracy, macs);
    metrics["params"] = params;
    return FrontMember{id, metrics, {}};
  };
  front.members = {member(7, 0.9, 9e6, 3e5), member(3, 0.85, 5e6, 1e5), member(5, 0.8, 1e6, 2e4)};
  const auto chosen = [&](std::vector<search::Limits> within) {
    return choose_finalists(front, {.best_within = std::move(within)});
  };
  using Ids = std::vector<std::size_t>;
  CHECK(chosen({{}}) == Ids{7});
  CHECK(chosen({{}, {.params = 1e5}}) == Ids{7, 3});
  CHECK(chosen({{.params = 99e3}, {}}) == Ids{5, 7});
  CHECK(chosen({{}, {.macs = 2e7}, {.macs = 2e6, .params = 5e4}}) == Ids{7, 5});  // each once
  CHECK(chosen({{.params = 10}}).empty());
  CHECK(chosen({{.depth = 3}}).empty());  // not known of these
}

TEST_CASE("counts tell evaluations from what was free", "[summary]") {
  auto history = scored_history({{Status::done, {}},
                                 {Status::diverged, {}},
                                 {Status::failed, {}},
                                 {Status::duplicate, {}},
                                 {Status::rejected, {}}});
  history.add({.id = 5, .genome = {"x"}, .key = "x", .origin = "start"});
  const Counts counts = count(history);
  CHECK(counts.done == 1);
  CHECK(counts.failed == 2);
  CHECK(counts.duplicates == 1);
  CHECK(counts.rejected == 1);
  CHECK(counts.in_flight == 1);
}

TEST_CASE("a front is summarised anew only where a result may have changed it", "[summary]") {
  Random random{GENERATE(1, 2, 3, 4)};
  search::Objectives bounded = kBoth;
  bounded.list[0].bound = 0.4;
  for (const auto& objectives : {kBoth, bounded}) {
    search::History history;
    Front front = summarise_front(history, objectives, {});
    std::size_t unchanged = 0;
    for (std::size_t id = 0; id < 150; ++id) {
      const bool again = id > 0 && random.chance(0.1);
      const std::string key = again ? history.proposal(random.below(id)).key : std::to_string(id);
      history.add({.id = id,
                   .genome = {key},
                   .key = key,
                   .origin = std::string{!again               ? "random"
                                         : random.chance(0.5) ? search::kRepeat
                                                              : search::kPromote}});
      const auto status = random.chance(0.1) ? Status::failed : Status::done;
      history.add(id, {.status = status,
                       .metrics = scored(static_cast<double>(random.below(10)) / 10,
                                         static_cast<double>(1 + random.below(20))),
                       .message = ""});
      const bool may = may_change(front, history, id);
      const Front fresh = summarise_front(history, objectives, {});
      const auto same = [](const FrontMember& a, const FrontMember& b) {
        return a.id == b.id && a.metrics == b.metrics;
      };
      unchanged += !may;
      if (!may) {
        CHECK(fresh.reference == front.reference);
        CHECK(fresh.hypervolume == front.hypervolume);
        CHECK(std::equal(fresh.members.begin(), fresh.members.end(), front.members.begin(),
                         front.members.end(), same));
      }
      front = fresh;
    }
    CHECK(unchanged > 60);
  }
}
