// Tables: every shape that docs/tables.md promises, and every mistake.
#include "search/table.hpp"

#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "search/choice_space.hpp"
#include "search/known_problem.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;
using Catch::Contains;

namespace {

Slots two() { return Slots{{{"s", 2, {"0", "1"}}}}; }

TableFormat plain_format() {
  TableFormat format;
  format.metrics = {{.metric = "accuracy", .fields = {"acc"}},
                    {.metric = "macs", .fields = {"flops"}, .known = true}};
  return format;
}

class Written {
 public:
  Written(const std::string& name, const std::string& text) : file_{folder_ / name} {
    write_bytes(file_, text);
  }
  [[nodiscard]] Table load(const TableFormat& format, const Slots& slots = two()) const {
    return Table::load(file_, format, slots);
  }

 private:
  TempFolder folder_;
  std::filesystem::path file_;
};

Result evaluated(const Table& table, const std::string& key, std::uint64_t seed = 1,
                 TableEvaluatorOptions options = {}) {
  const auto evaluator = make_table_evaluator(std::make_shared<Table>(table), options);
  Proposal proposal{.genome = {key}, .key = key, .origin = "", .seed = seed};
  Candidate candidate;
  candidate.proposal = &proposal;
  return *evaluator->evaluate(candidate);
}

}  // namespace

TEST_CASE("a JSON object by genome with a list of seeds", "[table]") {
  const Written file{
      "t.json", R"({"00": {"acc": [90, 92, 94], "flops": 5}, "01": {"acc": [1], "flops": 6}})"};
  TableFormat format = plain_format();
  format.metrics[0].scale = 0.01;
  const Table table = file.load(format);
  CHECK(table.size() == 2);
  CHECK(table.mean("00", "accuracy") == Approx(0.92));
  CHECK(table.mean("00", "macs") == 5);
  CHECK(table.find("00")->seeds() == 3);
  CHECK(table.known("01")->at("macs") == 6);
  CHECK_FALSE(table.known("11"));
  CHECK(table.find("11") == nullptr);
  CHECK_THROWS_AS(table.mean("11", "accuracy"), std::invalid_argument);
  CHECK_THROWS_AS(table.mean("00", "speed"), std::invalid_argument);
}

TEST_CASE("a JSON list of records with options as a list or as fields", "[table]") {
  const Slots slots{{{"width", 1, {"8", "16"}}, {"act", 1, {"relu", "silu"}}}};
  TableFormat format = plain_format();
  format.entries = "data.rows";
  SECTION("a list") {
    format.key = {"arch"};
    const Written file{"t.json", R"({"data": {"rows": [
      {"arch": [16, "relu"], "acc": 1, "flops": 2}, {"arch": [8, "silu"], "acc": 3, "flops": 4}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
  SECTION("a field a slot") {
    format.key = {"w", "net.act"};
    const Written file{"t.json", R"({"data": {"rows": [
      {"w": 16, "net": {"act": "relu"}, "acc": 1, "flops": 2}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
  SECTION("a text") {
    format.key = {"arch"};
    const Written file{"t.json",
                       R"({"data": {"rows": [{"arch": "16,relu", "acc": 1, "flops": 2}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
}

TEST_CASE("a cost that is no number means that the candidate diverges", "[table]") {
  const Written csv{"t.csv", "net,acc,flops\n00,1,nan\n01,1,6\n"};
  TableFormat format = plain_format();
  format.key = {"net"};
  const Table table = csv.load(format);
  CHECK(evaluated(table, "00").status == Status::diverged);
  CHECK(evaluated(table, "01").status == Status::done);
}

TEST_CASE("learning curves with gaps or of different lengths are refused", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.epoch = "epoch";
  const auto refused = [&](const std::string& rows, const std::string& why) {
    const Written file{"t.csv", "net,epoch,acc,flops\n" + rows};
    CHECK_THROWS_WITH(file.load(format), Contains("t.csv") && Contains(why));
  };
  refused("00,1,1,5\n00,2,2,5\n00,4,3,5\n", "epoch 4 comes after 2");
  refused("00,5,1,5\n00,10,2,5\n", "epoch 10 comes after 5");
  format.seed = "seed";
  const Written uneven{"t.csv",
                       "net,seed,epoch,acc,flops\n00,1,1,1,5\n00,1,2,2,5\n00,1,3,2,5\n"
                       "00,2,1,1,5\n00,2,2,2,5\n"};
  CHECK_THROWS_WITH(uneven.load(format), Contains("2 epochs of accuracy") && Contains("has 3"));
}

TEST_CASE("entries of one candidate must agree in their time too", "[table]") {
  const Slots slots{{{"a", 1, {"0", "1"}}, {"b", 2, {"0", "1"}, "0"}}};
  TableFormat format = plain_format();
  format.seconds = "time";
  const Written file{"t.json", R"({"001": {"acc": [1], "flops": 5, "time": 3},
                                   "010": {"acc": [1], "flops": 5, "time": 4}})"};
  CHECK_THROWS_WITH(file.load(format, slots), Contains("differ in seconds"));
}

TEST_CASE("a table lists its candidates where it lacks some", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  const Written some{"t.csv", "net,acc,flops\n11,1,6\n00,1,5\n"};
  CHECK(some.load(format).listed(two()) == std::vector<Genome>{{"00"}, {"11"}});
  std::string rows = "net,acc,flops\n";
  for (double i = 0; i < two().size(); ++i)
    rows += two().text(two().nth(static_cast<std::uint64_t>(i))) + ",1,5\n";
  const Written whole{"t.csv", rows};
  CHECK(whole.load(format).listed(two()).empty());
}

TEST_CASE("learning curves stop at the epochs asked for", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "time";
  const Written file{"t.json", R"({
    "00": {"acc": [[1, 2, 3, 4], [5, 6, 7, 8]], "flops": 5, "time": 40},
    "01": {"acc": [[1, 2, 3, 4]], "flops": 6, "time": 8}})"};
  const Table table = file.load(format);
  CHECK(table.find("00")->epochs() == 4);
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
  const Written curves{"t.json", R"({"00": {"acc": [1, 2, 3], "flops": 5, "time": 2}})"};
  format.seconds_per_epoch = true;
  const Table one = curves.load(format);
  CHECK(one.find("00")->seeds() == 1);
  CHECK(one.find("00")->epochs() == 3);
  CHECK(evaluated(one, "00").seconds == 6);
}

TEST_CASE("a promoted candidate goes on along its curve and pays for what comes on top",
          "[table]") {
  const Written file{
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

TEST_CASE("CSV with a text or a column a slot, and seeds as columns", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.metrics[0].fields = {"acc0", "acc1"};
  const Written text{"t.csv", "net,acc0,acc1,flops\n00,1,3,10\n\"11\",5,nan,20\n"};
  const Table table = text.load(format);
  CHECK(table.mean("00", "accuracy") == 2);
  CHECK(std::isnan(table.find("11")->values.at("accuracy").at(1).back()));
  CHECK(table.mean("11", "accuracy") == 5);  // of the seed that did not diverge
  format.key = {"first", "second"};
  format.metrics[0].fields = {"acc0"};
  const Written columns{"t.csv", "first,second,acc0,flops\n0,1,7,10\n"};
  CHECK(columns.load(format).mean("01", "accuracy") == 7);
}

TEST_CASE("CSV with a line for every seed and epoch in any order", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.seed = "seed";
  format.epoch = "epoch";
  format.seconds = "s";
  format.seconds_per_epoch = true;
  const Written file{"t.csv",
                     "net,seed,epoch,acc,flops,s\n"
                     "00,7,2,4,10,1\n00,7,1,3,10,2\n00,3,1,1,10,3\n00,3,2,2,10,4\n"
                     "01,3,1,9,11,5\n"};
  const Table table = file.load(format);
  const auto& rows = table.find("00")->values.at("accuracy");
  CHECK(rows == std::vector<std::vector<double>>{{1, 2}, {3, 4}});
  CHECK(table.find("00")->seconds == std::vector<double>{7, 3});
  CHECK(table.find("01")->seconds == std::vector<double>{5});
}

TEST_CASE("the seed that is told follows from the proposal and each has its turn", "[table]") {
  const Written file{"t.json", R"({"00": {"acc": [1, 2, 3], "flops": 5}})"};
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
  const Written file{"t.json",
                     R"({"00": {"acc": [NaN], "flops": 5}, "01": {"acc": null, "flops": 5},
      "10": {"acc": -Infinity, "flops": NaN}, "note": "x"})"};
  const Written good{"t.json",
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

TEST_CASE("mistakes in a JSON table are named with their place", "[table]") {
  const auto message = [](const std::string& text, const TableFormat& format) -> std::string {
    try {
      static_cast<void>(Written{"t.json", text}.load(format));
    } catch (const ConfigError& error) {
      return std::string{"config: "} + error.what();
    } catch (const IoError& error) {
      return std::string{"io: "} + error.what();
    }
    return "fine";
  };
  const TableFormat format = plain_format();
  const std::string row = R"({"acc": 1, "flops": 2})";
  CHECK(message(R"({"00": )" + row + "}", format) == "fine");
  CHECK_THAT(message(R"({"00": )" + row + R"(, "00": )" + row + "}", format),
             Contains("config: ") && Contains("key 00 stands twice"));
  CHECK_THAT(message(R"({"02": )" + row + "}", format),
             Contains("entry 02") && Contains("s[1] has no option 2"));
  CHECK_THAT(message(R"({"000": )" + row + "}", format), Contains("3 options"));
  CHECK_THAT(message(R"({"00": {"acc": 1}})", format), Contains("entry 00: no field flops"));
  CHECK_THAT(message(R"({"00": {"acc": "high", "flops": 2}})", format),
             Contains("entry 00: acc: expected a number"));
  CHECK_THAT(message(R"({"00": {"acc": [], "flops": 2}})", format), Contains("list is empty"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": [2, 3]}})", format),
             Contains("macs is to be known beforehand"));
  CHECK_THAT(message("{}", format), Contains("no entry"));
  CHECK_THAT(message("[]", format), Contains("expected an object"));
  CHECK_THAT(message(R"({"00": 3})", format), Contains("entry 00: expected an object"));
  CHECK_THAT(message(R"({"00": )" + row, format), Contains("io: ") && Contains("t.json:1"));
  CHECK_THAT(message("", format), Contains("io: "));
  TableFormat listed = format;
  listed.key = {"net"};
  CHECK_THAT(
      message(R"([{"net": "00", "acc": 1, "flops": 2}, {"net": "00", "acc": 1, "flops": 2}])",
              listed),
      Contains("entry 1") && Contains("same candidate") && Contains("entry 0"));
  CHECK_THAT(message(R"([{"net": {}, "acc": 1, "flops": 2}])", listed),
             Contains("expected an option"));
  TableFormat timed = format;
  timed.seconds = "t";
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": -1}})", timed),
             Contains("must be a time"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": null}})", timed),
             Contains("must be a time"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": [1, 2]}})", timed),
             Contains("2 times for 1 seeds"));
  TableFormat all_known = format;
  all_known.metrics[0].known = true;
  CHECK_THAT(message(R"({"00": )" + row + "}", all_known), Contains("nothing is left"));
  TableFormat none = format;
  none.metrics.clear();
  CHECK_THAT(message(R"({"00": )" + row + "}", none), Contains("no metrics"));
}

TEST_CASE("mistakes in a CSV table are named with their line", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  const auto load = [&](const std::string& text, const std::string& name = "t.csv") {
    return Written{name, text}.load(format);
  };
  CHECK(load("net,acc,flops\n00,1,2\n").size() == 1);
  CHECK_THROWS_WITH(load("net,acc,flop\n00,1,2\n"),
                    Contains("no column flops") && Contains("did you mean flop"));
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n01,x,2\n"),
                    Contains("t.csv:3") && Contains("'x'"));
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n00,1,2\n"),
                    Contains("t.csv:3") && Contains("t.csv:2"));
  CHECK_THROWS_WITH(load("net,acc,flops\n05,1,2\n"),
                    Contains("t.csv:2") && Contains("no option 5"));
  CHECK_THROWS_AS(load("net,acc,flops\n00,1\n"), IoError);
  CHECK_THROWS_AS(load("net,acc,flops\n"), IoError);
  CHECK_THROWS_WITH(load("x", "t.txt"), Contains(".json or a .csv"));
  CHECK_THROWS_AS(Table::load("/no/such/table.csv", format, two()), IoError);
  format.key.clear();
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n"), Contains("needs a key"));
}

TEST_CASE("equal candidates are one entry and must agree", "[table]") {
  const Slots slots{{{"s", 2, {"0", "1"}, "0"}}};
  const Written equal{"t.json",
                      R"({"01": {"acc": [1, 2], "flops": 2}, "10": {"acc": [1, 2], "flops": 2}})"};
  const Table table = equal.load(plain_format(), slots);
  CHECK(table.size() == 1);
  CHECK(table.mean("10", "accuracy") == 1.5);
  const Written differing{
      "t.json", R"({"01": {"acc": [1, 2], "flops": 2}, "10": {"acc": [1, 3], "flops": 2}})"};
  CHECK_THROWS_WITH(differing.load(plain_format(), slots),
                    Contains("01 and 10") && Contains("differ in accuracy"));
}

TEST_CASE("the space over an incomplete table holds what the table has", "[table]") {
  const Written file{"t.json", R"({"00": {"acc": 1, "flops": 5}, "11": {"acc": 2, "flops": 6}})"};
  const auto table = std::make_shared<const Table>(file.load(plain_format()));
  const KnownProblem problem = table_problem("t", two(), table, {10, 0});
  CHECK(problem.best == 2);
  CHECK(problem.space->violation({"01"}));
  CHECK_FALSE(problem.space->violation({"11"}));
  CHECK(problem.space->costs({"11"}).at("macs") == 6);
}

TEST_CASE("a table whose entries diverged in part is a problem all the same", "[table]") {
  const Written file{"t.json", R"({"00": {"acc": [1, "nan"], "flops": 5},
                                   "01": {"acc": ["nan", "inf"], "flops": 1},
                                   "11": {"acc": [2, 4], "flops": 6}})"};
  const auto table = std::make_shared<const Table>(file.load(plain_format()));
  CHECK(table->mean("00", "accuracy") == 1);
  CHECK(std::isnan(table->mean("01", "accuracy")));
  const KnownProblem problem = table_problem("t", two(), table, {10, 0});
  CHECK(problem.best == 3);
  CHECK(problem.front == std::vector<Point>{{5, -1}, {6, -3}});
  const Written none{"t.json", R"({"00": {"acc": "nan", "flops": 5}})"};
  CHECK_THROWS_WITH(
      table_problem("t", two(), std::make_shared<const Table>(none.load(plain_format())), {10, 0}),
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
