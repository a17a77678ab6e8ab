// ONNX Runtime must compute what our own network does. Needs tools/venv; skips without it.
#include <sys/wait.h>

#include <cstdlib>

#include "nn/blocks.hpp"
#include "nn/data/batches.hpp"
#include "nn/data/split.hpp"
#include "nn/formats/onnx.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/small_models.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

constexpr const char* kPython = LAMARCK_BUILD "/../venv/bin/python";

bool available() {
  const std::string command =
      std::string{kPython} + " -c 'import numpy, onnx, onnxruntime' 2>/dev/null";
  if (std::system(command.c_str()) == 0) return true;
  WARN("skipped: no ONNX Runtime in build/venv (run tools/venv)");
  return false;
}

void write_floats(const std::filesystem::path& file, const std::vector<float>& values) {
  write_bytes(file, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::vector<float> run(const Model& model, const std::vector<float>& images, int batch) {
  Network network{model, {.batch = batch, .pass = kernels::Pass::inference}};
  std::vector<float> outputs;
  for (std::size_t at = 0; at < images.size(); at += network.input().size()) {
    std::copy_n(images.begin() + static_cast<std::ptrdiff_t>(at), network.input().size(),
                network.input().begin());
    network.forward();
    outputs.insert(outputs.end(), network.output().begin(), network.output().end());
  }
  return outputs;
}

void write_case(const TempFolder& folder, const std::string& name, const Model& model,
                const OnnxOptions& options, const std::vector<float>& inputs,
                const std::vector<float>& expected) {
  export_onnx(folder / (name + ".onnx"), model, options);
  write_floats(folder / (name + ".input"), inputs);
  write_floats(folder / (name + ".expected"), expected);
}

void compare(const TempFolder& folder) {
  const std::string command = std::string{kPython} + " " LAMARCK_SOURCE "/tests/onnx/compare.py '" +
                              folder.path().string() + "' 1e-4 > '" +
                              (folder / "report.txt").string() + "' 2>&1";
  const int status = std::system(command.c_str());
  INFO(read_bytes(folder / "report.txt"));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace

TEST_CASE("ONNX Runtime computes what random networks do", "[onnx]") {
  if (!available()) return;
  const TempFolder folder;
  constexpr int kBatch = 3;
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    Random random{seed, "architecture"};
    const Model model = scrambled_model(random_architecture(random, {.softmax = true}), seed);
    std::vector<float> images(kBatch *
                              static_cast<std::size_t>(model.architecture.input.elements()));
    for (float& value : images) value = static_cast<float>(random.normal());
    const auto expected = run(model, images, kBatch);
    write_case(folder, std::to_string(seed) + "-folded", model, {}, images, expected);
    write_case(folder, std::to_string(seed) + "-plain", model,
               {.fold_batch_norm = false, .dynamic_batch = seed % 2 == 0}, images, expected);
  }
  compare(folder);
}

TEST_CASE("ONNX Runtime computes every activation as we do", "[onnx]") {
  if (!available()) return;
  const TempFolder folder;
  std::vector<float> values;
  for (int i = -60; i < 60; ++i) values.push_back(static_cast<float>(i) / 8);
  for (const Activation act : kernels::all_activations()) {
    Architecture a;
    a.input = {static_cast<int>(values.size()), 1, 1};
    a.nodes = {{"act", Activate{.act = act}, {"input"}}};
    const Model model = make_model(a, {}, 0);
    std::vector<float> expected;
    for (const float x : values) expected.push_back(static_cast<float>(kernels::apply(act, x)));
    write_case(folder, std::string{kernels::name(act)}, model, {}, values, expected);
  }
  compare(folder);
}

TEST_CASE("ONNX Runtime gives our logits on 1000 real images normalised inside the graph",
          "[onnx]") {
  if (!available()) return;
  if (!std::filesystem::exists(real_data() / "fashion-mnist")) {
    WARN("skipped: no data set fashion-mnist in " << real_data().string());
    return;
  }
  constexpr int kBatch = 100;
  constexpr std::size_t kPixels = 784;
  const TrainTest data = load_dataset("fashion-mnist", real_data(), 0, {.limit = 1000});
  const auto all = whole(data.train).train;
  const Normalisation norm = measure_normalisation(data.train, all);
  Batches batches{data.train, all, norm, {}, kBatch, 0};
  std::vector<float> images;
  std::vector<float> batch(kBatch * kPixels);
  std::vector<int> labels(kBatch);
  for (std::size_t step = 0; step < batches.evaluation_steps(); ++step) {
    batches.evaluation(step, batch, labels, {});
    images.insert(images.end(), batch.begin(), batch.end());
  }
  const std::vector<float> raw(data.train.pixels.begin(), data.train.pixels.end());
  REQUIRE(raw.size() == 1000 * kPixels);

  const TempFolder folder;
  for (const char* name : {"small-residual", "small-separable"}) {
    const Model model = scrambled_model(built_in(name, {1, 28, 28}, 10), 1);
    write_case(folder, name, model, {.normalisation = norm}, raw, run(model, images, kBatch));
  }
  compare(folder);
}
