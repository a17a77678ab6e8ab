// Runs on a table: they resume, show and end as others do, and faults end before one is made.
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck;
using namespace lamarck::tests;
using Catch::Contains;

namespace {

// A table of 3 x 3 x 3 candidates and an experiment on it.
class Files {
 public:
  Files() {
    std::string rows = "net,acc,macs,time\n";
    for (int i = 0; i < 27; ++i) {
      const std::string net =
          std::to_string(i / 9) + std::to_string(i / 3 % 3) + std::to_string(i % 3);
      rows += net + "," + std::to_string(0.5 + 0.01 * (i * 7 % 27) + 0.001 * i) + "," +
              std::to_string(100 + 10 * (i % 9) + i / 9) + ",2\n";
    }
    folder.write("t.csv", rows);
    folder.write("t.yaml", R"(name: t
seed: 3
objectives: [maximize: accuracy, minimize: macs]
space: {kind: choice, slots: 3, options: [0, 1, 2]}
evaluator:
  table:
    file: ./t.csv
    key: net
    seconds: time
    metrics: {accuracy: acc, macs: {field: macs, known: true}}
search: {method: genetic, evaluations: 12, population: 6, lookahead: 3}
)");
  }
  Output run(const std::string& arguments) const { return run_lamarck(arguments, folder.path()); }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a run on a table is searched and shown and resumed like any other", "[table]") {
  const Files files;
  const Output whole = files.run("search t.yaml --run whole");
  REQUIRE(whole.code == 0);
  CHECK_THAT(whole.out, Contains("hypervolume"));
  CHECK_THAT(files.run("status whole").out, Contains("12 of 12"));
  CHECK_THAT(files.run("show whole").out, Contains("genome\n") && Contains("accuracy"));
  CHECK_THAT(files.run("front whole --json").out, Contains("\"macs\""));
  REQUIRE(files.run("search t.yaml --run parts --set search.evaluations=5").code == 0);
  REQUIRE(files.run("resume parts --evaluations 12").code == 0);
  CHECK(files.run("front parts").out == files.run("front whole").out);
  CHECK_THAT(files.run("search t.yaml --dry-run").out, Contains("27 candidates"));
  const Output exported = files.run("export whole");
  CHECK(exported.code == 2);
  CHECK_THAT(exported.err, Contains("entries of a table"));
}

TEST_CASE("a run on a table that is used up ends and says so", "[table]") {
  const Files files;
  const Output output = files.run("search t.yaml --run all --set search.evaluations=500");
  CHECK(output.code == 0);
  CHECK_THAT(files.run("status all --json").out, Contains("\"ended\""));
  CHECK_THAT(files.run("status all").out, Contains("27 of 500"));
}

TEST_CASE("a stalled search ends, says why, and goes on when asked for more", "[table]") {
  const Files files;
  const Output output = files.run(
      "search t.yaml --run stalled --set 'search={method: random, evaluations: 27}' --set "
      "stop.stalled=6");
  REQUIRE(output.code == 0);
  CHECK_THAT(output.err, Contains("the last 6 evaluations gained next to nothing"));
  CHECK_THAT(files.run("search t.yaml --dry-run --set stop.stalled=6").out,
             Contains("no new candidate when 6 evaluations in a row"));
  CHECK(files.run("resume stalled").code == 0);
  CHECK_THAT(files.run("status stalled").out, !Contains("27 of 27"));
  REQUIRE(files.run("resume stalled --evaluations 27").code == 0);
  CHECK_THAT(files.run("status stalled").out, Contains("27 of 27"));

  // Where the budget ended it, the rule still holds in a larger one.
  REQUIRE(files
              .run("search t.yaml --run short --set 'search={method: random, evaluations: 5}' "
                   "--set stop.stalled=6")
              .code == 0);
  const Output longer = files.run("resume short --evaluations 27");
  CHECK_THAT(longer.err, Contains("the last 6 evaluations gained next to nothing"));
  CHECK_THAT(files.run("status short").out, !Contains("27 of 27"));
}

TEST_CASE("a search begins where another run's front ends", "[table]") {
  const Files files;
  REQUIRE(files.run("search t.yaml --run first").code == 0);
  const auto scores = [&](const std::string& run) {
    const auto json = nlohmann::json::parse(files.run("front " + run + " --json").out);
    std::vector<double> all;
    for (const auto& member : json["front"]) all.push_back(member["accuracy"]);
    return all;
  };
  const auto front = scores("first");
  REQUIRE(front.size() > 1);
  const Output second = files.run(
      "search t.yaml --run second --set 'space.start=[{run: first}]' --set "
      "search.evaluations=" +
      std::to_string(front.size()));
  INFO(second.err);
  REQUIRE(second.code == 0);
  CHECK(scores("second") == front);
  // It stands in the experiment as it was then, whatever becomes of the other run.
  std::filesystem::remove_all(files.folder.path() / "first");
  CHECK(files.run("resume second --evaluations 20").code == 0);
  CHECK(files.run("search t.yaml --run third --set 'space.start=[{run: second, most: 1}]'").code ==
        0);
}

TEST_CASE("a search whose every evaluation fails ends and says so", "[table]") {
  const Files files;
  std::string rows = "net,acc,macs,time\n";
  for (int i = 0; i < 27; ++i)
    rows += std::to_string(i / 9) + std::to_string(i / 3 % 3) + std::to_string(i % 3) +
            (i % 2 == 0 ? ",nan," : ",inf,") + std::to_string(100 + i) + ",1\n";
  files.folder.write("t.csv", rows);
  const Output simulated = files.run("simulate t.yaml --runs 2");
  CHECK(simulated.code == 1);
  CHECK_THAT(simulated.err, Contains("every evaluation failed, 12 of 12"));
  for (const char* method : {"random", "exhaustive", "greedy", "genetic", "aging", "lamarck"}) {
    INFO(method);
    const std::string run = std::string{"run-"} + method;
    const Output output = files.run("search t.yaml --run " + run +
                                    " --set 'search={method: " + method + ", evaluations: 50}'");
    CHECK(output.code == 1);
    CHECK_THAT(output.err, Contains("every evaluation failed, 27 of 27") && Contains("diverged"));
    CHECK_THAT(files.run("status " + run).out, Contains("27 of 50") && Contains("27 failed"));
    CHECK(files.run("front " + run).code == 0);
    CHECK(files.run("resume " + run + " --evaluations 60").code == 1);
  }
}

TEST_CASE("a space of one genome is searched by every method", "[table]") {
  const Files files;
  for (const char* method : {"random", "exhaustive", "greedy", "genetic", "aging", "lamarck"}) {
    INFO(method);
    const Output output =
        files.run(std::string{"search t.yaml --set space.options=[0] --run one-"} + method +
                  " --set 'search={method: " + method + ", evaluations: 50}'");
    CHECK(output.code == 2);  // the table has options that the space does not know
    files.folder.write("one.csv", "net,acc,macs,time\n000,0.5,100,1\n");
    const Output alone =
        files.run(std::string{"search t.yaml --set space.options=[0] --run alone-"} + method +
                  " --set evaluator.table.file=./one.csv --set 'search={method: " + method +
                  ", evaluations: 50}'");
    CHECK(alone.code == 0);
    CHECK_THAT(files.run(std::string{"status alone-"} + method).out, Contains("1 of 50"));
  }
}

TEST_CASE("a table with missing rows is searched to its last row", "[table]") {
  const Files files;
  files.folder.write("t.csv", "net,acc,macs,time\n012,0.5,100,1\n111,nan,90,1\n220,0.7,120,1\n");
  const Output output = files.run("search t.yaml --run gaps --set search.evaluations=50");
  INFO(output.err);
  CHECK(output.code == 0);
  CHECK_THAT(files.run("status gaps").out, Contains("3 of 50") && Contains("1 failed"));
}

TEST_CASE("the tables of the documentation are one table, read as it says", "[table]") {
  const std::string page = slurp(std::filesystem::path{LAMARCK_SOURCE} / "docs" / "tables.md");
  const auto from = page.find("These are the same table");
  const auto block = [&](const std::string& language, int which) {
    auto at = from;
    for (int i = 0; i <= which; ++i) at = page.find("```" + language + "\n", at + 1);
    REQUIRE(at != std::string::npos);
    const auto begins = page.find('\n', at) + 1;
    return page.substr(begins, page.find("```", begins) - begins);
  };
  const Files files;
  files.folder.write("widths.json", block("json", 0));
  files.folder.write("nested.json", block("json", 1));
  files.folder.write("widths.csv", block("csv", 0));
  files.folder.write("widths.yaml", block("yaml", 0));
  const auto front = [&](const std::string& run, const std::string& settings) {
    const Output output = files.run("search widths.yaml --run " + run + settings);
    INFO(output.err);
    REQUIRE(output.code == 0);
    return files.run("front " + run + " --json").out;
  };
  const std::string first = front("first", "");
  CHECK_THAT(first, Contains("\"macs\": 120000") && Contains("\"macs\": 70000"));
  CHECK(front("second",
              " --set evaluator.table.file=./nested.json --set "
              "evaluator.table.entries=runs --set evaluator.table.key=net") == first);
  CHECK(front("third",
              " --set evaluator.table.file=./widths.csv --set "
              "'evaluator.table.key=[width, act]' --set evaluator.table.seed=seed --set "
              "evaluator.table.epoch=epoch") == first);
}

TEST_CASE("faults of a table end before a run is made", "[table]") {
  const Files files;
  const auto refused = [&](const std::string& set) {
    const Output output = files.run("search t.yaml --run none --set '" + set + "'");
    CHECK(output.code != 0);
    CHECK_FALSE(std::filesystem::exists(files.folder.path() / "none"));
    return output.err;
  };
  CHECK_THAT(refused("limits={macs: 5}"), Contains("none of the 27") && Contains("limit of 5"));
  CHECK_THAT(refused("objectives=[maximize: accuracy, {minimize: macs, at_most: 5}]"),
             Contains("none of the 27 candidates has macs of at most 5; the best has"));
  CHECK_THAT(refused("limits={macs: {at_least: 150}}' --set "
                     "'objectives=[maximize: accuracy, {minimize: macs, at_most: 120}]"),
             Contains("none of the candidates within the limits (macs at least 150) keeps") &&
                 Contains("known beforehand: macs at most 120"));
  CHECK_THAT(refused("space.start=[{run: nowhere}]"), Contains("nowhere"));
  CHECK_THAT(refused("evaluator.table.file=./gone.csv"), Contains("gone.csv"));
  CHECK_THAT(refused("evaluator.table.metrics.accuracy=speed"), Contains("no column speed"));
  CHECK_THAT(refused("objectives=[maximize: accuracy, minimize: mcas]"),
             Contains("did you mean macs?"));
  CHECK_THAT(refused("space.options=[]"), Contains("no options"));
  CHECK_THAT(refused("space.slots=4"), Contains("t.csv:2") && Contains("3 options"));
  CHECK_THAT(refused("evaluator.table.metrics.accuracy={field: acc, scale: 100}"),
             Contains("scale"));
  // Of any seed, whatever their mean.
  files.folder.write("seeds.json", R"({"000": {"acc": [0.0, 1.9], "macs": 1, "time": 1}})");
  CHECK_THAT(refused("evaluator.table={file: ./seeds.json, metrics: {accuracy: acc, macs: {field: "
                     "macs, known: true}}}"),
             Contains("accuracy goes up to 1.9"));
  const std::string whole = slurp(files.folder.path() / "t.csv");
  files.folder.write("nan.csv", "net,acc,macs,time\n000,0.5,nan,1\n111,0.5,nan,1\n");
  CHECK_THAT(refused("evaluator.table.file=./nan.csv' --set 'limits={macs: 5}"),
             Contains("macs is no number, and has a limit"));
  files.folder.write("large.json", R"({"000": {"acc": 0.5, "macs": 1e400, "time": 1}})");
  CHECK_THAT(refused("evaluator.table={file: ./large.json, metrics: {accuracy: acc, macs: {field: "
                     "macs, known: true}}}"),
             Contains("large.json") && Contains("1e400"));
  files.folder.write("t.csv", whole + "222,0.1,5,1\n");
  CHECK_THAT(refused("seed=1"), Contains("t.csv:29") && Contains("t.csv:28"));
  files.folder.write("t.csv", whole);
  REQUIRE(files.run("search t.yaml --run again").code == 0);
  files.folder.write("t.csv", "net,acc,macs,time\n000,0.5,1,1\n");
  const Output changed = files.run("resume again --evaluations 20");
  CHECK(changed.code == 1);
  CHECK_THAT(changed.err, Contains("not the one that this run began with"));
}
