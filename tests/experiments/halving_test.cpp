// Successive halving end to end: promotions keep their weights through workers, kills and resumes.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;
using Json = nlohmann::json;

namespace {

constexpr const char* kExperiment = R"(
name: halved
data: {dataset: shapes, limit: 600, validation: 200}
limits: {macs: 1M}
space: {start: [tiny-plain]}
search: {method: aging, population: 4, sample: 2, epochs: 40, lookahead: 4, quick_examples: 50, halving: {least: 1, eta: 2}}
train: {epochs: 4, batch: 32}
final: {choose: 1, epochs: 1, seeds: 1}
)";

}  // namespace

TEST_CASE("a halved run is the same for any number of workers and when resumed",
          "[program][halving]") {
  const TemporaryFolder folder;
  folder.write("halved.yaml", kExperiment);
  const Output whole = run_lamarck("search halved.yaml --run one --workers 1", folder.path());
  INFO(whole.err);
  REQUIRE(whole.code == 0);
  CHECK(whole.err.find("promote of #") != std::string::npos);
  REQUIRE(run_lamarck("search halved.yaml --run two --workers 2", folder.path()).code == 0);
  CHECK(front_json(folder, "two") == front_json(folder, "one"));

  REQUIRE(run_lamarck("search halved.yaml --run part --set search.epochs=15", folder.path()).code ==
          0);
  REQUIRE(run_lamarck("resume part --epochs 40", folder.path()).code == 0);
  CHECK(front_json(folder, "part") == front_json(folder, "one"));

  const Json status = Json::parse(run_lamarck("status one --json", folder.path()).out);
  CHECK(status["epochs"]["proposed"].get<int>() >= 40);
  CHECK(status["epochs"]["target"] == 40);
  const Output fewer = run_lamarck("resume one --epochs 39", folder.path());
  CHECK(fewer.code == 2);
  CHECK(fewer.err.find("can only grow") != std::string::npos);
}

TEST_CASE("a table recorded after some epochs only is halved from the first of them on",
          "[program][halving]") {
  const TemporaryFolder folder;
  std::string rows = "genome,epoch,accuracy\n";
  for (const std::string genome : {"00", "01", "02", "10", "11", "12", "20", "21", "22"})
    for (const int epoch : {4, 12, 36})
      rows += fmt::format("{},{},0.{:02}{}\n", genome, epoch, epoch, genome);
  folder.write("t.csv", rows);
  folder.write("t.yaml",
               "objectives: [maximize: accuracy]\n"
               "space: {kind: choice, slots: 2, options: [0, 1, 2]}\n"
               "evaluator: {table: {file: ./t.csv, key: genome, epoch: epoch,"
               " metrics: {accuracy: accuracy}}}\n"
               "search: {method: random, evaluations: 13, halving: {least: 4, eta: 3,"
               " kind: synchronous, bracket: 9}}\n");
  const Output output = run_lamarck("search t.yaml --run run", folder.path());
  INFO(output.err);
  REQUIRE(output.code == 0);
  // Nine for 4 epochs, three of them for 12, the best to the end: 9 * 4 + 3 * 8 + 24.
  const Json status = Json::parse(run_lamarck("status run --json", folder.path()).out);
  CHECK(status["epochs"]["proposed"] == 84);
  CHECK(status["evaluations"]["done"] == 13);
  const Json front = Json::parse(run_lamarck("front run --json", folder.path()).out);
  CHECK(front["front"][0]["accuracy"] == 0.3622);

  const Output early =
      run_lamarck("search t.yaml --run none --set search.halving.least=1", folder.path());
  CHECK(early.code == 2);
  CHECK(early.err.find("begin with 1 epoch, the first that the table tells of is 4") !=
        std::string::npos);
  const Output few =
      run_lamarck("search t.yaml --run none --set evaluator.table.epochs=3", folder.path());
  CHECK(few.code == 2);
  CHECK(few.err.find("3 are asked for, the first that the table tells of is 4") !=
        std::string::npos);
  const Output between = run_lamarck(
      "search t.yaml --run none --set evaluator.table.epochs=30 --set search.halving.least=12",
      folder.path());
  CHECK(between.code == 2);
  CHECK(between.err.find("nothing new after them") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "none"));
  for (const char* how : {"search t.yaml --dry-run", "simulate t.yaml"})
    CHECK(run_lamarck(std::string{how} + " --set search.halving.least=1", folder.path()).code == 2);
}

TEST_CASE("a table without curves has nothing to halve", "[program][halving]") {
  const TemporaryFolder folder;
  folder.write("t.csv", "genome,accuracy\n00,0.1\n01,0.2\n10,0.3\n11,0.4\n");
  folder.write("t.yaml",
               "objectives: [maximize: accuracy]\n"
               "space: {kind: choice, slots: 2, options: [0, 1]}\n"
               "evaluator: {table: {file: ./t.csv, key: genome, metrics: {accuracy: accuracy}}}\n"
               "search: {evaluations: 4, halving: asynchronous}\n");
  const Output output = run_lamarck("search t.yaml --run run", folder.path());
  INFO(output.err);
  CHECK(output.code == 2);
  CHECK(output.err.find("nothing to halve") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run"));
  CHECK(run_lamarck("search t.yaml --dry-run", folder.path()).code == 2);
}
