// The winner of a run in ONNX Runtime: what it says on 1,000 real images is what our own network
// says, however it was exported. Needs tools/venv and the data; skips without them.
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "experiments/prepared.hpp"
#include "nn/data/batches.hpp"
#include "nn/data/split.hpp"
#include "nn/formats/safetensors.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::tests;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* kPython = LAMARCK_BUILD "/../venv/bin/python";
constexpr int kBatch = 100;

bool runtime_available() {
  const std::string command =
      std::string{kPython} + " -c 'import numpy, onnx, onnxruntime' 2>/dev/null";
  if (std::system(command.c_str()) == 0) return true;
  WARN("skipped: no ONNX Runtime in build/venv (run tools/venv)");
  return false;
}

void run(const std::string& words, const TemporaryFolder& folder) {
  const Output output = run_lamarck(words, folder.path(), "unset LAMARCK_DATA;");
  INFO("lamarck " << words << "\n" << output.err);
  REQUIRE(output.code == 0);
}

void write_floats(const fs::path& file, const std::vector<float>& values) {
  test::write_bytes(file,
                    {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

// What the network reads and says, example after example; `raw` are the numbers of the data set.
struct Ours {
  std::vector<float> raw, inputs, outputs;
};

Ours ours(const fs::path& model_file, const nn::Dataset& data) {
  const nn::ModelFile file = nn::load_model(model_file);
  const auto norm = experiments::normalisation_in(file.metadata);
  REQUIRE(norm);
  const auto all = nn::whole(data).train;
  REQUIRE(all.size() % kBatch == 0);
  nn::Batches batches{data, all, *norm, {}, kBatch, 0};
  nn::Network network{file.model, {.batch = kBatch, .pass = kernels::Pass::inference}};
  std::vector<int> labels(data.labels.empty() ? 0 : kBatch);
  std::vector<float> targets(data.targets.empty() ? 0 : kBatch * data.outputs());
  Ours result;
  result.raw.assign(data.pixels.begin(), data.pixels.end());
  if (!data.features.empty()) result.raw = data.features;
  for (std::size_t step = 0; step < batches.evaluation_steps(); ++step) {
    batches.evaluation(step, network.input(), labels, targets);
    network.forward();
    result.inputs.insert(result.inputs.end(), network.input().begin(), network.input().end());
    result.outputs.insert(result.outputs.end(), network.output().begin(), network.output().end());
  }
  return result;
}

// Exports candidate `id` in every way and has ONNX Runtime compare.
void compare_exports(const TemporaryFolder& folder, const std::string& id,
                     const nn::Dataset& data) {
  const fs::path cases = folder.path() / "cases";
  fs::create_directories(cases);
  run("export run " + id + " --format safetensors --output w.safetensors", folder);
  const Ours own = ours(folder.path() / "w.safetensors", data);
  struct Way {
    const char *name, *options;
    bool raw;
  };
  for (const Way& way : {Way{"plain", "", false}, Way{"unfolded", "--no-fold", false},
                         Way{"raw", "--normalise-inside", true},
                         Way{"raw-unfolded", "--normalise-inside --no-fold", true},
                         Way{"single", "--batch-1", false}}) {
    const std::string name = std::string{"cases/"} + way.name;
    run("export run " + id + " " + way.options + " --output " + name + ".onnx", folder);
    write_floats(folder.path() / (name + ".input"), way.raw ? own.raw : own.inputs);
    write_floats(folder.path() / (name + ".expected"), own.outputs);
  }
  const fs::path report = folder.path() / "report";
  const int status =
      std::system((std::string{kPython} + " " LAMARCK_SOURCE "/tests/onnx/compare.py '" +
                   cases.string() + "' 1e-4 >'" + report.string() + "' 2>&1")
                      .c_str());
  INFO(slurp(report));
  CHECK(WEXITSTATUS(status) == 0);
}

Json front(const TemporaryFolder& folder) {
  return Json::parse(run_lamarck("front run --json", folder.path()).out);
}

}  // namespace

TEST_CASE("a trained winner says the same in ONNX Runtime on 1000 real images", "[program][onnx]") {
  if (!fs::exists(test::real_data() / "fashion-mnist")) {
    WARN("skipped: no data set fashion-mnist in " << test::real_data().string());
    return;
  }
  const TemporaryFolder folder;
  folder.write(
      "real.yaml",
      "name: real\nseed: 2\n"
      "data: {dataset: fashion-mnist, limit: 1500, validation: 300}\n"
      "space: {start: [tiny-plain], edits: {insert_residual: 1, separate: 1, widen: 1}}\n"
      "limits: {macs: 2M}\n"
      "search: {method: genetic, evaluations: 5, population: 3, lookahead: 2, quick_examples: 0}\n"
      "train: {epochs: 1, batch: 64}\nfinal: {choose: 1, epochs: 1, seeds: 1}\n");
  run("search real.yaml --run run --data-root '" + fs::absolute(test::real_data()).string() + "'",
      folder);
  const Json best = front(folder)["front"][0];
  const std::string id = std::to_string(best["id"].get<int>());

  run("export run --output w.onnx", folder);
  const std::string onnx = slurp(folder.path() / "w.onnx");
  for (const std::string& fact : {std::string{"lineage"}, "#" + id + " ", std::string{"accuracy"},
                                  std::string{"test_accuracy"}, std::string{"fashion-mnist"}})
    CHECK(onnx.find(fact) != std::string::npos);

  if (!runtime_available()) return;
  const nn::TrainTest data =
      nn::load_dataset("fashion-mnist", test::real_data(), 0, {.limit = 1000});
  compare_exports(folder, id, data.train);
}

TEST_CASE("tables of numbers say the same in ONNX Runtime", "[program][onnx]") {
  if (!runtime_available()) return;
  const bool classes = GENERATE(true, false);
  const TemporaryFolder folder;
  std::string rows = "a,b,c,target\n";
  Random random{1};
  for (int i = 0; i < 200; ++i) {
    const double a = 100 + 10 * random.normal();
    const double b = 0.01 * random.normal();
    const double y = 0.1 * a - 300 * b;
    rows += std::to_string(a) + "," + std::to_string(b) + ",7," +
            (classes ? (y > 10 ? "more" : "less") : std::to_string(y)) + "\n";
  }
  folder.write("mine.csv", rows);
  folder.write(
      "mine.yaml",
      std::string{"data: {dataset: mine, root: ., validation: 40, csv: {test_share: 0.5}}\n"
                  "space: {start: [mlp]}\nobjectives: [minimize: loss, minimize: params]\n"
                  "search: {method: genetic, evaluations: 4, population: 3, lookahead: 2}\n"
                  "train: {epochs: 3, batch: 16, optimizer: {adam: {rate: 0.01}}}\n"
                  "final: {choose: 1, epochs: 3, seeds: 1}\n"});
  run("search mine.yaml --run run", folder);
  const Json json = front(folder);
  CHECK(json["objectives"][0] == Json{{"name", "loss"}, {"direction", "minimize"}});
  const std::string id = std::to_string(json["front"][0]["id"].get<int>());
  nn::LoadOptions options;
  options.csv.test_share = 0.5;
  const nn::TrainTest data = nn::load_dataset("mine", folder.path(), 1, options);
  REQUIRE((data.train.classes > 0) == classes);
  compare_exports(folder, id, data.test);
}
