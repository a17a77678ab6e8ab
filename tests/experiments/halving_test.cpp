// Successive halving end to end: promotions keep their weights through workers, kills and resumes.
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
}
