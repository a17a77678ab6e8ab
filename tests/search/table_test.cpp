// Tables once they are read: what is known, what an evaluation tells, what they make of a space.
#include "search/table_evaluator.hpp"

#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "search/choice_space.hpp"
#include "search/known_problem.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"
#include "tests/support/written_table.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;
using Catch::Contains;

namespace {

Result evaluated(const Table& table, const std::string& key, std::uint64_t seed = 1,
                 TableEvaluatorOptions options = {}) {
  const auto evaluator = make_table_evaluator(std::make_shared<Table>(table), options);
  Proposal proposal{.genome = {key}, .key = key, .origin = "", .seed = seed};
  Candidate candidate;
  candidate.proposal = &proposal;
  return *evaluator->evaluate(candidate);
}

}  // namespace

TEST_CASE("a cost that is no number means that the candidate diverges", "[table]") {
  const WrittenTable csv{"t.csv", "net,acc,flops\n00,1,nan\n01,1,6\n"};
  TableFormat format = plain_format();
  format.key = {"net"};
  const Table table = csv.load(format);
  CHECK(evaluated(table, "00").status == Status::diverged);
  CHECK(evaluated(table, "01").status == Status::done);
}

TEST_CASE("entries of one candidate must agree in their time too", "[table]") {
  const Slots slots{{{"a", 1, {"0", "1"}}, {"b", 2, {"0", "1"}, "0"}}};
  TableFormat format = plain_format();
  format.seconds = "time";
  const WrittenTable file{"t.json", R"({"001": {"acc": [1], "flops": 5, "time": 3},
                                   "010": {"acc": [1], "flops": 5, "time": 4}})"};
  CHECK_THROWS_WITH(file.load(format, slots), Contains("differ in seconds"));
}

TEST_CASE("a table lists its candidates where it lacks some", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  const WrittenTable some{"t.csv", "net,acc,flops\n11,1,6\n00,1,5\n"};
  CHECK(some.load(format).listed(two_slots()) == std::vector<Genome>{{"00"}, {"11"}});
  std::string rows = "net,acc,flops\n";
  for (double i = 0; i < two_slots().size(); ++i)
    rows += two_slots().text(two_slots().nth(static_cast<std::uint64_t>(i))) + ",1,5\n";
  const WrittenTable whole{"t.csv", rows};
  CHECK(whole.load(format).listed(two_slots()).empty());
}

TEST_CASE("learning curves stop at the epochs asked for", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "time";
  const WrittenTable file{"t.json", R"({
    "00": {"acc": [[1, 2, 3, 4], [5, 6, 7, 8]], "flops": 5, "time": 40},
    "01": {"acc": [[1, 2, 3, 4]], "flops": 6, "time": 8}})"};
  const Table table = file.load(format);
  CHECK(table.find("00")->points() == 4);
  CHECK(table.mean("00", "accuracy") == 6);
  const Result whole = evaluated(table, "01");
  CHECK(whole.metrics.at("accuracy") == 4);
  CHECK(whole.epochs.size() == 4);
  CHECK(whole.epochs[1].epoch == 2);
  CHECK(whole.epochs[1].metrics.at("accuracy") == 2);
  CHECK(whole.seconds == 8);
  const Result half = evaluated(table, "01", 1, {.epochs = 2});
  CHECK(half.metrics.at("accuracy") == 2);
  CHECK(half.metrics.at("macs") == 6);
  CHECK(half.epochs.size() == 2);
  CHECK(half.seconds == 4);
  CHECK(evaluated(table, "01", 1, {.epochs = 9}).metrics.at("accuracy") == 4);
  format.metrics[0].over = TableMetric::Over::epochs;
  const WrittenTable curves{"t.json", R"({"00": {"acc": [1, 2, 3], "flops": 5, "time": 2}})"};
  format.seconds_per_epoch = true;
  const Table one = curves.load(format);
  CHECK(one.find("00")->seeds() == 1);
  CHECK(one.find("00")->points() == 3);
  CHECK(evaluated(one, "00").seconds == 6);
}

TEST_CASE("between the epochs recorded a curve stands where it stood", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "time";
  format.at_epochs = {4, 12, 36};
  const WrittenTable file{"t.json", R"({"00": {"acc": [[1, 2, 3]], "flops": 5, "time": 72}})"};
  const Table table = file.load(format);
  const Result whole = evaluated(table, "00");
  CHECK(whole.metrics.at("accuracy") == 3);
  REQUIRE(whole.epochs.size() == 3);
  CHECK(whole.epochs[0].epoch == 4);
  CHECK(whole.epochs[2].epoch == 36);
  const Result between = evaluated(table, "00", 1, {.epochs = 18});
  CHECK(between.metrics.at("accuracy") == 2);
  CHECK(between.epochs.size() == 2);
  CHECK(between.seconds == 36);
  const Result before = evaluated(table, "00", 1, {.epochs = 3});
  CHECK(before.status == Status::failed);
  CHECK(before.message == "the table tells nothing of it before epoch 4");

  Proposal proposal{
      .genome = {"00"}, .key = "00", .origin = std::string{kPromote}, .seed = 1, .epochs = 24};
  const auto evaluator = make_table_evaluator(std::make_shared<Table>(table));
  const Result promoted =
      *evaluator->evaluate({.proposal = &proposal, .epochs_before = 12, .weights = {}});
  CHECK(promoted.metrics.at("accuracy") == 3);
  REQUIRE(promoted.epochs.size() == 1);
  CHECK(promoted.epochs.front().epoch == 36);
  CHECK(promoted.seconds == 48);
}

TEST_CASE("a part of a curve takes the time of its epochs", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "time";
  format.seconds_per_epoch = true;
  format.at_epochs = {4, 12, 36};
  const WrittenTable file{"t.json",
                          R"({"00": {"acc": [[1, 2, 3]], "flops": 5, "time": [[10, 20, 30]]},
                    "01": {"acc": [[4]], "flops": 5, "time": 7}})"};
  const Table table = file.load(format);
  const auto seconds = [&](int epochs) {
    return evaluated(table, "00", 1, {.epochs = epochs}).seconds;
  };
  CHECK(seconds(4) == 40);
  CHECK(seconds(6) == 80);
  CHECK(seconds(12) == 200);
  CHECK(seconds(36) == 920);
  const auto evaluator = make_table_evaluator(std::make_shared<Table>(table));
  Proposal proposal{
      .genome = {"00"}, .key = "00", .origin = std::string{kPromote}, .seed = 1, .epochs = 6};
  const auto promoted = [&](int before) {
    return *evaluator->evaluate({.proposal = &proposal, .epochs_before = before, .weights = {}});
  };
  CHECK(promoted(6).seconds == 120);  // to 12
  CHECK(promoted(30).seconds == 180);
  // The other ends after its first point; what is promoted beyond that gains and costs nothing.
  CHECK(evaluated(table, "01").epochs.size() == 1);
  CHECK(evaluated(table, "01").seconds == 28);
  proposal.genome = {"01"};
  proposal.key = "01";
  const Result beyond = promoted(4);
  CHECK(beyond.metrics.at("accuracy") == 4);
  CHECK(beyond.epochs.empty());
  CHECK(beyond.seconds == 0);
}

TEST_CASE("a promoted candidate goes on along its curve and pays for what comes on top",
          "[table]") {
  const WrittenTable file{
      "t.json", R"([{"k": "00", "acc": [[1, 2, 3, 4], [5, 6, 7, 8]], "flops": 5, "s": [8, 16]}])"};
  TableFormat format = plain_format();
  format.key = {"k"};
  format.seconds = "s";
  const Table table = file.load(format);
  CHECK(table.epochs() == 4);
  const auto evaluator = make_table_evaluator(std::make_shared<Table>(table));
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Proposal proposal{.genome = {"00"}, .key = "00", .origin = "start", .seed = seed, .epochs = 1};
    const Result first = *evaluator->evaluate({.proposal = &proposal, .weights = {}});
    const double accuracy = first.metrics.at("accuracy");
    CHECK((accuracy == 1 || accuracy == 5));
    CHECK(first.seconds == (accuracy == 1 ? 2 : 4));
    proposal.origin = kPromote;
    proposal.epochs = 2;
    const Result more =
        *evaluator->evaluate({.proposal = &proposal, .epochs_before = 1, .weights = {}});
    CHECK(more.metrics.at("accuracy") == accuracy + 2);
    CHECK(more.seconds == 2 * first.seconds);
    REQUIRE(more.epochs.size() == 2);
    CHECK(more.epochs.front().epoch == 2);
    CHECK(more.epochs.back().epoch == 3);
  }
}

TEST_CASE("the seed that is told follows from the proposal and each has its turn", "[table]") {
  const WrittenTable file{"t.json", R"({"00": {"acc": [1, 2, 3], "flops": 5}})"};
  const Table table = file.load(plain_format());
  std::vector<int> counts(4);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const double told = evaluated(table, "00", seed).metrics.at("accuracy");
    CHECK(told == evaluated(table, "00", seed).metrics.at("accuracy"));
    ++counts[static_cast<std::size_t>(told)];
  }
  for (int i = 1; i < 4; ++i)
    CHECK(counts[static_cast<std::size_t>(i)] == Approx(1000).margin(120));
}

TEST_CASE("what is NaN has diverged and what is missing has failed", "[table]") {
  const WrittenTable file{"t.json",
                          R"({"00": {"acc": [NaN], "flops": 5}, "01": {"acc": null, "flops": 5},
      "10": {"acc": -Infinity, "flops": NaN}, "note": "x"})"};
  const WrittenTable good{"t.json",
                          R"({"00": {"acc": [NaN], "flops": 5}, "01": {"acc": null, "flops": 5},
      "10": {"acc": "inf", "flops": NaN}})"};
  CHECK_THROWS_WITH(file.load(plain_format()), Contains("note"));
  const Table table = good.load(plain_format());
  for (const std::string key : {"00", "01", "10"}) {
    const Result result = evaluated(table, key);
    CHECK(result.status == Status::diverged);
    CHECK_THAT(result.message, Contains("accuracy"));
  }
  const Result missing = evaluated(table, "11");
  CHECK(missing.status == Status::failed);
  CHECK_THAT(missing.message, Contains("no entry 11"));
}

TEST_CASE("equal candidates are one entry and must agree", "[table]") {
  const Slots slots{{{"s", 2, {"0", "1"}, "0"}}};
  const WrittenTable equal{
      "t.json", R"({"01": {"acc": [1, 2], "flops": 2}, "10": {"acc": [1, 2], "flops": 2}})"};
  const Table table = equal.load(plain_format(), slots);
  CHECK(table.size() == 1);
  CHECK(table.mean("10", "accuracy") == 1.5);
  const WrittenTable differing{
      "t.json", R"({"01": {"acc": [1, 2], "flops": 2}, "10": {"acc": [1, 3], "flops": 2}})"};
  CHECK_THROWS_WITH(differing.load(plain_format(), slots),
                    Contains("01 and 10") && Contains("differ in accuracy"));
}

TEST_CASE("the space over an incomplete table holds what the table has", "[table]") {
  const WrittenTable file{"t.json",
                          R"({"00": {"acc": 1, "flops": 5}, "11": {"acc": 2, "flops": 6}})"};
  const auto table = std::make_shared<const Table>(file.load(plain_format()));
  const KnownProblem problem = table_problem("t", two_slots(), table, {10, 0});
  CHECK(problem.best == 2);
  CHECK(problem.space->violation({"01"}));
  CHECK_FALSE(problem.space->violation({"11"}));
  CHECK(problem.space->costs({"11"}).at("macs") == 6);
}

TEST_CASE("a table whose entries diverged in part is a problem all the same", "[table]") {
  const WrittenTable file{"t.json", R"({"00": {"acc": [1, "nan"], "flops": 5},
                                   "01": {"acc": ["nan", "inf"], "flops": 1},
                                   "11": {"acc": [2, 4], "flops": 6}})"};
  const auto table = std::make_shared<const Table>(file.load(plain_format()));
  CHECK(table->mean("00", "accuracy") == 1);
  CHECK(std::isnan(table->mean("01", "accuracy")));
  const KnownProblem problem = table_problem("t", two_slots(), table, {10, 0});
  CHECK(problem.best == 3);
  CHECK(problem.front == std::vector<Point>{{5, -1}, {6, -3}});
  const WrittenTable none{"t.json", R"({"00": {"acc": "nan", "flops": 5}})"};
  CHECK_THROWS_WITH(
      table_problem("t", two_slots(), std::make_shared<const Table>(none.load(plain_format())),
                    {10, 0}),
      Contains("no entry"));
}

TEST_CASE("NAS-Bench-Macro has 3969 networks, equal ones with equal accuracies", "[table]") {
  const auto file = real_data() / "nas-bench-macro" / "nas-bench-macro_cifar10.json";
  if (!std::filesystem::exists(file)) {
    WARN("skipped: there is no " << file);
    return;
  }
  const std::vector<std::string> blocks{"0", "1", "2"};
  const Slots slots{{{"a", 2, blocks},
                     {"b0", 1, blocks},
                     {"b", 2, blocks, "0"},
                     {"c0", 1, blocks},
                     {"c", 2, blocks, "0"}}};
  TableFormat format;
  format.metrics = {{.metric = "accuracy", .fields = {"test_acc"}, .scale = 0.01},
                    {.metric = "macs", .fields = {"flops"}, .known = true},
                    {.metric = "params", .fields = {"params"}, .known = true}};
  const Table table = Table::load(file, format, slots);
  CHECK(table.size() == 3969);
  CHECK(slots.size() == 3969);
  CHECK(table.mean("22212220", "accuracy") == Approx(0.9312666));
  const KnownProblem problem =
      table_problem("macro", slots, std::make_shared<Table>(table), {106e6, -0.8});
  CHECK(problem.best == Approx(0.9312666));
  // A stage's first block halves the picture or widens it: no identity can trade places with it.
  const Slots wrong{{{"a", 2, blocks}, {"b", 3, blocks, "0"}, {"c", 3, blocks, "0"}}};
  CHECK_THROWS_WITH(Table::load(file, format, wrong), Contains("the same candidate"));
}
