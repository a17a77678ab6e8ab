// Each command of the program, on a small run.
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* kExperiment = R"(
name: demo
data: {dataset: shapes, limit: 600, validation: 200}
space: {start: [tiny-plain]}
search: {method: genetic, evaluations: 6, population: 3, tournament: 2, lookahead: 2, quick_examples: 100}
train: {epochs: 1, batch: 32}
final: {choose: 1, epochs: 1, seeds: 2}
)";

const TemporaryFolder& demo() {
  static const TemporaryFolder folder;
  static const bool made = [] {
    folder.write("demo.yaml", kExperiment);
    return run_lamarck("search demo.yaml", folder.path()).code == 0;
  }();
  REQUIRE(made);
  return folder;
}

Output run(const std::string& arguments) {
  const Output output = run_lamarck(arguments, demo().path());
  INFO("lamarck " << arguments << "\n" << output.err);
  REQUIRE(output.code == 0);
  return output;
}

}  // namespace

TEST_CASE("show tells a candidate's genome and lineage and curve", "[program]") {
  const Json best = Json::parse(run("show runs/demo --json").out);
  for (const char* key : {"id", "status", "genome", "edits", "lineage", "curve", "metrics"})
    CHECK(best.contains(key));
  CHECK(best["status"] == "done");
  CHECK(best["lineage"].back()["id"] == best["id"]);
  CHECK(best["lineage"].front()["edits"].empty());

  const std::string text = run("show runs/demo 0").out;
  CHECK(text.find("lineage") != std::string::npos);
  CHECK(text.find("genome") != std::string::npos);
  CHECK(run_lamarck("show runs/demo 99", demo().path()).code == 2);
  CHECK(run_lamarck("show runs/demo x", demo().path()).code == 2);
}

TEST_CASE("status and front of a finished run read well", "[program]") {
  CHECK(run("status runs/demo").out.find("finished") != std::string::npos);
  const std::string front = run("front runs/demo").out;
  CHECK(front.find("accuracy") != std::string::npos);
  CHECK(front.find("test (inherited)") != std::string::npos);
}

TEST_CASE("the winner is exported in every format and reads back", "[program]") {
  run("export runs/demo --format onnx --output w.onnx");
  CHECK(fs::file_size(demo().path() / "w.onnx") > 1000);
  run("export runs/demo --format onnx --no-fold --normalise-inside --batch-1 --output w2.onnx");
  run("export runs/demo --format safetensors --output w.safetensors");
  run("export w.safetensors --format onnx --output again.onnx");
  const std::string yaml = run("export runs/demo --format yaml").out;
  demo().write("w.yaml", yaml);
  CHECK(run("export w.yaml --format yaml").out == yaml);
  CHECK(run("export runs/demo --format dot").out.rfind("digraph", 0) == 0);
  CHECK(run_lamarck("export runs/demo --format onx", demo().path()).code == 2);
  CHECK(run_lamarck("export w.yaml --format onnx", demo().path()).code == 2);
}

TEST_CASE("a finalist scores what its row says", "[program]") {
  const Json front = Json::parse(run("front runs/demo --json").out);
  const Json& best = front["front"][0];
  const Json score = Json::parse(run("evaluate runs/demo --json").out);
  for (const char* key : {"accuracy", "loss", "f1", "confusion", "calibration_error"})
    CHECK(score.contains(key));
  // The exported seed is one of two: the mean lies within the spread around it.
  CHECK(score["accuracy"].get<double>() ==
        Approx(best["test_accuracy"].get<double>())
            .margin(1e-9 + best["test_accuracy_sd"].get<double>()));
}

TEST_CASE("inspect counts what a network costs", "[program]") {
  const Json net = Json::parse(run("inspect resnet20 --input 3x32x32 --json").out);
  CHECK(net["macs"].get<double>() == Approx(41e6).epsilon(0.02));
  for (const char* key : {"params", "peak_activation_bytes", "layers"}) CHECK(net.contains(key));
  double macs = 0;
  for (const auto& layer : net["layers"]) macs += layer["macs"].get<double>();
  CHECK(macs == net["macs"].get<double>());
  CHECK(run("inspect runs/demo").out.find("MACs") != std::string::npos);
  CHECK(run("inspect runs/demo 0 --json").out.find("layers") != std::string::npos);
}

TEST_CASE("train makes a model that evaluate scores", "[program]") {
  run("train demo.yaml --epochs 1 --output trained.safetensors --test --json");
  const Json score = Json::parse(run("evaluate trained.safetensors --json").out);
  CHECK(score["split"] == "test");
  CHECK(score["accuracy"].get<double>() > 0.1);
  run("train demo.yaml --network trained.safetensors --epochs 1 --output more.safetensors");
  CHECK(run_lamarck("train demo.yaml --network resnet99", demo().path()).code == 2);
}

TEST_CASE("a model trained without Winograd's method is scored without it", "[program]") {
  const auto loss = [](const std::string& arguments) {
    return Json::parse(run(arguments).out)["loss"].get<double>();
  };
  const double tested = loss(
      "train demo.yaml --epochs 1 --output direct.safetensors --test --json "
      "--set train.winograd=false");
  CHECK(loss("evaluate direct.safetensors --json") == tested);
  CHECK(loss("evaluate direct.safetensors --json --no-winograd") == tested);
  run("train demo.yaml --epochs 1 --output either.safetensors");
  CHECK(loss("evaluate either.safetensors --json --no-winograd") ==
        Approx(loss("evaluate either.safetensors --json")).epsilon(1e-3));
  CHECK(run("inspect resnet20 --input 3x32x32 --plan --no-winograd").out.find("winograd") ==
        std::string::npos);
}

TEST_CASE("data sets are listed and verified", "[program]") {
  const Json list = Json::parse(run("data list --json").out);
  CHECK(list["datasets"].size() >= 4);
  run("data verify shapes");
  CHECK(run_lamarck("data verify mnist --data-root nowhere", demo().path()).code == 1);
  CHECK(run_lamarck("data drop", demo().path()).code == 2);
}

TEST_CASE("a dry run prints the experiment and what to expect and leaves no trace", "[program]") {
  const Output output = run("search demo.yaml --run other --dry-run --set search.evaluations=77");
  CHECK(output.out.find("evaluations: 77") != std::string::npos);
  for (const char* word : {"# space", "# MACs", "# memory", "# time"})
    CHECK(output.out.find(word) != std::string::npos);
  CHECK_FALSE(fs::exists(demo().path() / "other"));
  demo().write("resolved.yaml", output.out);
  CHECK(run("search resolved.yaml --dry-run").out.find("evaluations: 77") != std::string::npos);
  const Output limited =
      run("search demo.yaml --run other --dry-run --set search.evaluations=1000000 --set "
          "stop.minutes=0.1");
  CHECK(limited.out.find("about 6.0s for the search") != std::string::npos);
}

TEST_CASE("every shipped experiment reads and the generated one runs", "[program]") {
  int found = 0;
  for (const auto& entry : fs::directory_iterator(fs::path{LAMARCK_SOURCE} / "experiments")) {
    if (entry.path().extension() != ".yaml") continue;
    ++found;
    INFO(entry.path());
    const std::string data = std::getenv("LAMARCK_DATA") ? "" : " --data-root " LAMARCK_TEST_DATA;
    const bool trains = slurp(entry.path()).find("kind: choice") == std::string::npos;
    const std::string few = " --set search.evaluations=2 --run run-" + entry.path().stem().string();
    const std::string small =
        " --set data.limit=600 --set data.validation=200 --set "
        "train.epochs=1"
        " --set train.batch=32 --set final.choose=1 --set final.epochs=1 --set final.seeds=1";
    const Output output = run_lamarck(
        "search " + entry.path().string() + few + (trains ? small : "") + data, demo().path());
    INFO(output.err);
    const bool absent =
        output.err.find(trains ? "data list" : "no such table") != std::string::npos;
    if (output.code == 1 && absent) {
      WARN("skipped: no data for " << entry.path().filename());
      continue;
    }
    CHECK(output.code == 0);
  }
  CHECK(found >= 4);
}

TEST_CASE("help is there for everyone", "[program]") {
  CHECK(run("--help").out.find("search") != std::string::npos);
  CHECK(run("--version").out.find("oneDNN") != std::string::npos);
  for (const char* command : {"search", "resume", "status", "front", "show", "export", "train",
                              "evaluate", "inspect", "data"})
    CHECK(run(std::string{command} + " --help").out.find("Examples:") != std::string::npos);
}
