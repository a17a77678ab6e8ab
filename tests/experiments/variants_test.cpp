// Searches of other kinds than the examples show, end to end: tables of numbers, other methods,
// optimisers, rankings and augmentations.
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;
using Json = nlohmann::json;

namespace {

constexpr const char* kShapes = R"(
name: short
data: {dataset: shapes, limit: 400, validation: 100}
limits: {macs: 1M}
space: {start: [tiny-plain]}
search: {evaluations: 5, lookahead: 2, quick_examples: 50}
train: {epochs: 1, batch: 32}
final: {choose: 1, epochs: 1, seeds: 1}
)";

Json searched(const TemporaryFolder& folder, const std::string& settings) {
  const Output output =
      run_lamarck("search short.yaml --run run " + settings, folder.path(), "unset LAMARCK_DATA;");
  INFO(settings << ": " << output.err);
  REQUIRE(output.code == 0);
  const Output front = run_lamarck("front run --json", folder.path());
  REQUIRE(front.code == 0);
  return Json::parse(front.out);
}

// Rows of two numbers and a target made from them.
std::string table(const std::function<std::string(int, int)>& target) {
  std::string rows = "a,b,target\n";
  for (int i = 0; i < 240; ++i)
    rows +=
        std::to_string(i % 16) + "," + std::to_string(i % 15) + "," + target(i % 16, i % 15) + "\n";
  return rows;
}

constexpr const char* kTable = R"(
name: table
data: {dataset: mine, root: ., validation: 50}
space: {start: [mlp]}
search: {method: genetic, evaluations: 6, population: 4, tournament: 2, lookahead: 2}
train: {epochs: 6, batch: 16, optimizer: {adam: {rate: 0.01}}}
final: {choose: 1, epochs: 6, seeds: 2}
)";

}  // namespace

TEST_CASE("every method searches real networks", "[program][variants]") {
  for (const char* method : {"random", "greedy", "genetic"}) {
    const TemporaryFolder folder;
    folder.write("short.yaml", kShapes);
    const Json front = searched(folder, std::string{"--set search.method="} + method);
    CHECK_FALSE(front["front"].empty());
  }
}

TEST_CASE("one number ranks where it is asked for", "[program][variants]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kShapes);
  const Json front = searched(
      folder,
      "--set search.ranking=weighted --set "
      "'objectives=[{maximize: accuracy, weight: 100}, {minimize: macs, weight: 1.0e-6}]'");
  CHECK(front["front"].size() == 1);
}

TEST_CASE("a soft target ranks by its reward", "[program][variants]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kShapes);
  const Json front =
      searched(folder, "--set 'objectives=[{maximize: accuracy}, {minimize: macs, target: 50k}]'");
  CHECK(front["front"].size() == 1);
}

TEST_CASE("every optimiser and augmentation trains candidates", "[program][variants]") {
  for (const char* settings :
       {"--set 'train.optimizer={rmsprop: {rate: 0.001}}'",
        "--set 'train.optimizer={adamw: {rate: 0.001}}'",
        "--set 'train.optimizer={sgd: {rate: 0.05, ema: 0.9, clip: 1}}'",
        "--set 'data.augment=[{erase: {share: 0.3}}, {crop: {pad: 1}}, flip]'",
        "--set train.precision=bf16",
        "--set 'train.schedule={cosine: {warmup: 0.1}}' --set train.patience=1"}) {
    const TemporaryFolder folder;
    folder.write("short.yaml", kShapes);
    CHECK_FALSE(
        searched(folder, std::string{settings} + " --set search.evaluations=2")["front"].empty());
  }
}

TEST_CASE("a table of classes is searched, shown and exported", "[program][variants]") {
  const TemporaryFolder folder;
  folder.write("mine.csv",
               table([](int a, int b) { return std::string{a > b ? "more" : "less"}; }));
  folder.write("short.yaml",
               std::string{kTable} + "objectives: [maximize: accuracy, minimize: params]\n");
  const Json front = searched(folder, "");
  const Json& best = front["front"][0];
  CHECK(best["accuracy"].get<double>() > 0.7);
  CHECK(best["final_seeds"] == 2);
  CHECK(best["test_accuracy"].get<double>() > 0.7);
  CHECK(run_lamarck("export run --output w.onnx", folder.path()).code == 0);
  const Json score =
      Json::parse(run_lamarck("evaluate run --json", folder.path(), "unset LAMARCK_DATA;").out);
  CHECK(score["accuracy"].get<double>() > 0.7);
  CHECK(score["per_class"][0]["class"] == "less");
}

TEST_CASE("a table of numbers is searched by its R2", "[program][variants]") {
  const TemporaryFolder folder;
  folder.write("mine.csv",
               table([](int a, int b) { return std::to_string(0.5 * a - 0.25 * b + 0.125); }));
  folder.write("short.yaml",
               std::string{kTable} + "objectives: [maximize: r2, minimize: params]\n");
  const Json front = searched(folder, "--set data.csv.kind=number");
  const Json& best = front["front"][0];
  CHECK(best["r2"].get<double>() > 0.5);
  CHECK(best.contains("test_r2"));
  CHECK(best.contains("test_r2_sd"));
  const Output shown = run_lamarck("front run", folder.path());
  CHECK(shown.out.find("r2") != std::string::npos);
  const Output text = run_lamarck("show run", folder.path());
  CHECK(text.out.find("r2") != std::string::npos);
  CHECK(run_lamarck("export run --output w.onnx", folder.path()).code == 0);
  const Json score =
      Json::parse(run_lamarck("evaluate run --json", folder.path(), "unset LAMARCK_DATA;").out);
  CHECK(score["r2"].get<double>() > 0.5);
}
