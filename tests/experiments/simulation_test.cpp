// Searches of a table in simulated time.
#include "experiments/simulation.hpp"

#include <nlohmann/json.hpp>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using namespace lamarck::tests;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

constexpr const char* kTimed = R"(name: timed
seed: 5
objectives: [maximize: accuracy, minimize: macs]
space: {kind: choice, slots: 3, options: [0, 1, 2]}
evaluator: {table: {file: ./t.csv, key: net, seconds: time, metrics: {accuracy: acc, macs: {field: macs, known: true}}}}
search: {method: random, evaluations: 27, lookahead: 1}
)";

// A table of 3 x 3 x 3 candidates that take 2 s each; the last is best, the first is cheapest.
class Timed {
 public:
  Timed() {
    std::string rows = "net,acc,macs,time\n";
    for (int i = 0; i < 27; ++i)
      rows += std::to_string(i / 9) + std::to_string(i / 3 % 3) + std::to_string(i % 3) + "," +
              std::to_string(0.5 + 0.01 * i) + "," + std::to_string(100 + i) + ",2\n";
    folder.write("t.csv", rows);
    folder.write("t.yaml", kTimed);
  }
  [[nodiscard]] std::vector<SimulatedRun> simulated(const SimulationPlan& plan,
                                                    const std::string& key = "",
                                                    const std::string& value = "") const {
    nn::YamlNode root = nn::YamlNode::load((folder.path() / "t.yaml").string());
    if (!key.empty()) root.set(key, value);
    const Experiment experiment = read_experiment(root, folder.path());
    return simulated_runs(
        experiment, load_table(*experiment.table, experiment.objectives, folder.path()), plan);
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("evaluations take what the table says, on as many workers as asked for", "[simulation]") {
  const Timed timed;
  const auto run = timed.simulated({.workers = 9}).front();
  CHECK(run.seed == 5);
  CHECK(run.evaluations == 27);
  CHECK(run.seconds == 6);
  CHECK(run.busy == Approx(1));
  REQUIRE(run.moments.size() == kMoments);
  CHECK_FALSE(run.moments[0].best);  // the first results come after 2 of 6 s
  CHECK(run.moments[0].hypervolume == 0);
  CHECK(run.moments.back().seconds == 6);
  CHECK(*run.moments.back().best == Approx(0.76));
  for (std::size_t i = 1; i < kMoments; ++i)
    CHECK(run.moments[i].hypervolume >= run.moments[i - 1].hypervolume);

  const auto many = timed.simulated({.workers = 1000}).front();
  CHECK(many.seconds == 2);
  CHECK(many.busy == Approx(27.0 / 1000));
}

TEST_CASE("a budget in seconds is one of simulated time", "[simulation]") {
  const auto run = Timed{}.simulated({.workers = 2, .seconds = 5}).front();
  CHECK(run.evaluations == 4);  // two workers, two rounds of 2 s
  CHECK(run.seconds == 5);
  CHECK(run.busy == Approx(1));  // with what the limit cut off
  CHECK_THAT(run.reason, Contains("simulated time"));
}

TEST_CASE("runs have seeds of their own and are the same each time", "[simulation]") {
  const Timed timed;
  const SimulationPlan plan{.workers = 3, .seconds = 8, .runs = 3};
  const auto runs = timed.simulated(plan);
  REQUIRE(runs.size() == 3);
  CHECK(runs[1].seed == 6);
  CHECK(runs[0].moments.back().hypervolume != runs[1].moments.back().hypervolume);
  const auto again = timed.simulated(plan);
  for (std::size_t i = 0; i < runs.size(); ++i)
    CHECK(again[i].moments.back().hypervolume == runs[i].moments.back().hypervolume);
}

TEST_CASE("a schedule by lookahead shows how long workers wait", "[simulation]") {
  const Timed timed;
  // One proposal may be under way while the next is made: half of four workers have nothing to do.
  const auto run = timed.simulated({.workers = 4, .scheduled = true}).front();
  CHECK(run.evaluations == 27);
  CHECK(run.busy < 0.51);
  CHECK(timed.simulated({.workers = 4}).front().busy > 0.9);
}

TEST_CASE("halving pays for the epochs that a promotion adds", "[simulation][halving]") {
  const TemporaryFolder folder;
  std::string rows = "net,epoch,acc,time\n";
  for (int net = 0; net < 9; ++net)
    for (int epoch = 1; epoch <= 4; ++epoch)
      rows += std::to_string(net / 3) + std::to_string(net % 3) + "," + std::to_string(epoch) +
              "," + std::to_string(0.1 * epoch + 0.01 * net) + ",1\n";
  folder.write("t.csv", rows);
  folder.write("t.yaml", R"(objectives: [maximize: accuracy]
space: {kind: choice, slots: 2, options: [0, 1, 2]}
evaluator: {table: {file: ./t.csv, key: net, epoch: epoch, seconds: {field: time, per: epoch}, metrics: {accuracy: acc}}}
search: {method: random, evaluations: 100, epochs: 15, halving: {least: 1, eta: 2}}
)");
  const Experiment experiment =
      read_experiment(nn::YamlNode::load((folder.path() / "t.yaml").string()), folder.path());
  const auto run = simulated_runs(
      experiment, load_table(*experiment.table, experiment.objectives, folder.path()), {});
  // A second an epoch on one worker: the time is what was trained, and no more than was allowed.
  CHECK(run.front().seconds >= 14);
  CHECK(run.front().seconds <= 17);
  CHECK(run.front().evaluations < 15);  // promotions of two epochs among them
}

TEST_CASE("the command prints runs and how they went", "[program][simulation]") {
  const Timed timed;
  const auto simulate = [&](const std::string& arguments) {
    return run_lamarck("simulate " + arguments, timed.folder.path());
  };
  const Output text = simulate("t.yaml --workers 9 --runs 2");
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK_THAT(text.out, Contains("76.00 %") && Contains("means of the runs"));
  const Json json = Json::parse(simulate("t.yaml --workers 9 --runs 2 --json").out);
  REQUIRE(json["runs"].size() == 2);
  CHECK(json["runs"][0]["seconds"] == 6);
  CHECK(json["mean"].size() == kMoments);
  CHECK(json["mean"][0]["best"].is_null());
  CHECK_FALSE(std::filesystem::exists(timed.folder.path() / "runs"));

  const auto refused = [&](const std::string& arguments, const std::string& why) {
    const Output output = simulate(arguments);
    CHECK(output.code == 2);
    CHECK_THAT(output.err, Contains(why));
  };
  refused("t.yaml --workers 0", "--workers: expected a whole number from 1");
  timed.folder.write("images.yaml", "data: {dataset: shapes}\nspace: {start: [tiny-plain]}\n");
  refused("images.yaml", "experiments on a table");
}
