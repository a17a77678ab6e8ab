// Runs that begin where others ended: fronts of other runs, and models from files.
#include "experiments/starts.hpp"

#include <nlohmann/json.hpp>

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "search/store.hpp"
#include "tests/experiments/complaints.hpp"

using namespace lamarck;
using namespace lamarck::tests;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kFirst = R"(
name: first
seed: 3
data: {dataset: shapes, limit: 600, validation: 100}
space: {start: [tiny-plain]}
search: {method: genetic, evaluations: 5, population: 3, tournament: 1, lookahead: 2, quick_examples: 100}
train: {epochs: 3, batch: 32}
final: {choose: 1, epochs: 1, seeds: 1}
)";

// The same data and split; what it starts from is still to be said.
const std::string kSecond = R"(
name: second
seed: 3
data: {dataset: shapes, limit: 600, validation: 100}
search: {method: genetic, evaluations: 8, population: 3, tournament: 1, lookahead: 2, quick_examples: 100}
train: {epochs: 1, batch: 32}
final: {choose: 0}
)";

// A finished run beside which others can begin.
struct Other {
  TemporaryFolder folder;
  Json front;
  Other() {
    folder.write("first.yaml", kFirst);
    const Output output = run("search first.yaml --run first");
    INFO(output.err);
    REQUIRE(output.code == 0);
    front = Json::parse(run("front first --json").out)["front"];
    REQUIRE_FALSE(front.empty());
  }
  [[nodiscard]] Output run(const std::string& words) const {
    return run_lamarck(words, folder.path());
  }
  [[nodiscard]] Output start(const std::string& starts, const std::string& flags = "") const {
    folder.write("second.yaml", kSecond + "space: {start: " + starts + "}\n");
    return run("search second.yaml " + flags);
  }
};

nn::Model model(nn::Shape shape, int outputs) {
  return nn::make_model(nn::built_in("tiny-plain", shape, outputs), {}, 1);
}

}  // namespace

TEST_CASE("a run begins from the front of another and needs it no more", "[program][starts]") {
  const Other other;
  const Output output = other.start("[{run: first}]", "--run second");
  INFO(output.err);
  REQUIRE(output.code == 0);

  const auto store = search::Store::read(other.folder.path() / "second");
  const search::History history = store.history();
  for (std::size_t i = 0; i < other.front.size(); ++i) {
    INFO("start " << i);
    CHECK(history.proposal(i).origin == "start");
    const search::Result& result = *history.result(i);
    // It knows before training what it had learnt there: the quick score takes all 100 examples.
    CHECK(result.metrics.at("quick_accuracy") ==
          Approx(other.front[i]["accuracy"].get<double>()).margin(1e-9));
    CHECK(result.metrics.at("total_epochs") == other.front[i]["total_epochs"].get<double>() + 1);
    CHECK(result.metrics.at("macs") == other.front[i]["macs"].get<double>());
  }

  // The other run goes; this one grows to what it would have been with it.
  REQUIRE(other.start("[{run: first}]", "--run whole --set search.evaluations=12").code == 0);
  fs::remove_all(other.folder.path() / "first");
  REQUIRE(other.run("resume second --evaluations 12").code == 0);
  CHECK(other.run("front second --json").out == other.run("front whole --json").out);
}

TEST_CASE("starts that come without weights are trained for longer where asked",
          "[program][starts]") {
  const Other other;
  REQUIRE(other.start("[lenet, {run: first, most: 1}]", "--run second --set search.start_epochs=3")
              .code == 0);
  const search::History history = search::Store::read(other.folder.path() / "second").history();
  for (std::size_t id = 0; id < history.size(); ++id) {
    const bool fresh = id == 0;  // lenet
    CHECK(history.proposal(id).epochs == (fresh ? 3 : 1));
    const search::Result& result = *history.result(id);
    if (result.status == search::Status::done)
      CHECK(result.metrics.at("epochs") == (fresh ? 3 : 1));
  }
}

TEST_CASE("a dry run lists the starts and says which bring weights", "[program][starts]") {
  const Other other;
  const Output output = other.start(
      "[{run: first, most: 1}, {run: first, id: 0, weights: false}, lenet]", "--dry-run");
  INFO(output.err);
  REQUIRE(output.code == 0);
  const std::string best = std::to_string(other.front[0]["id"].get<int>());
  const auto line = [&](const std::string& start, const std::string& end) {
    const auto at = output.out.find("# start " + start + ":");
    REQUIRE(at != std::string::npos);
    const std::string found = output.out.substr(at, output.out.find('\n', at) - at);
    INFO(found);
    CHECK(found.ends_with(end));
  };
  line("first #" + best, "with its weights");
  line("first #0", "from scratch");
  line("lenet", "from scratch");

  // What it prints is an experiment that starts from the same.
  other.folder.write("printed.yaml", output.out);
  const Output again = other.run("search printed.yaml --dry-run");
  INFO(again.err);
  CHECK(again.out.substr(0, again.out.find("# data")) ==
        output.out.substr(0, output.out.find("# data")));
  CHECK(again.out.find("# start first #" + best + ":") != std::string::npos);
}

TEST_CASE("a start's weights that changed or went are noticed", "[program][starts]") {
  const Other other;
  REQUIRE(other.start("[{run: first, most: 1}]", "--run second").code == 0);
  const fs::path weights = other.folder.path() / "second/starts/0.safetensors";
  SECTION("gone") { fs::remove(weights); }
  SECTION("another") { nn::save_model(weights, model({1, 20, 20}, 10)); }
  check_complaint(other.run("resume second --evaluations 9"), 1, {"starts/0.safetensors"});
}

TEST_CASE("starts that cannot be are refused with their place", "[program][starts]") {
  const Other other;
  const auto refused = [&](const std::string& starts, const std::vector<std::string>& words) {
    check_complaint(other.start(starts), 2, words);
  };
  refused("[{run: nowhere}]", {"second.yaml:8:23: space.start[0].run", "there is no run here"});
  refused("[{run: first, id: 99}]", {"second.yaml:8:", "space.start[0].id", "no candidate 99"});
  refused("[{run: first, mots: 2}]", {"space.start[0].mots", "did you mean most?"});
  refused("[{run: first, id: 0, most: 2}]", {"space.start[0].id", "exclude each other"});
  refused("[lenet, gone.safetensors]", {"space.start[1]", "no file"});
  refused("[gone.yaml]", {"space.start[0]", "no file"});
  refused("[{model: second.yaml}]", {"space.start[0].model", "safetensors"});
  other.folder.write("text.onnx", "no model");
  refused("[text.onnx]", {"space.start[0]", "text.onnx"});
  REQUIRE(other.run("export first --format onnx --output folded.onnx").code == 0);
  refused("[folded.onnx]", {"space.start[0]", "--no-fold"});
  other.folder.write("text.safetensors", "no model");
  refused("[text.safetensors]", {"space.start[0]", "text.safetensors"});
  const auto save = [&](const nn::Model& one) {
    nn::save_model(other.folder.path() / "odd.safetensors", one);
  };
  save(model({3, 20, 20}, 10));
  refused("[odd.safetensors]", {"second.yaml:8:17: space.start[0]", "reads 3x20x20"});
  save(model({1, 20, 20}, 7));
  refused("[odd.safetensors]", {"second.yaml:8:17: space.start[0]", "gives 7 outputs"});
  CHECK_FALSE(fs::exists(other.folder.path() / "runs"));
}

TEST_CASE("a run without a front is nothing to start from", "[program][starts]") {
  const Other other;
  other.folder.write("high.yaml", kFirst + "objectives: [{maximize: accuracy, at_least: 0.999}]\n");
  REQUIRE(other.run("search high.yaml --run high").code == 0);
  check_complaint(other.start("[{run: high}]"), 2, {"space.start[0].run", "front is empty"});
}

TEST_CASE("weights that have learnt the validation examples are refused", "[program][starts]") {
  const Other other;
  // The winner was retrained on all training images.
  REQUIRE(other.run("export first --format safetensors --output all.safetensors").code == 0);
  check_complaint(other.start("[all.safetensors]"), 2,
                  {"space.start[0]", "all training examples", "weights: false"});
  CHECK(other.start("[{model: all.safetensors, weights: false}]", "--dry-run").code == 0);
  // Another split of the same images.
  check_complaint(other.start("[{run: first}]", "--set data.split=4"), 2,
                  {"space.start[0]", "another split", "data.split"});
  // Generated from another seed, they are other images.
  CHECK(other.start("[{run: first}]", "--dry-run --set seed=4").code == 0);
  // What does not say where it comes from is taken as it is.
  nn::save_model(other.folder.path() / "plain.safetensors", model({1, 20, 20}, 10));
  CHECK(other.start("[plain.safetensors]", "--dry-run").code == 0);
  nn::save_model(other.folder.path() / "old.safetensors", model({1, 20, 20}, 10),
                 {{"dataset", "shapes"}, {"dataset.seed", "3"}});
  check_complaint(other.start("[old.safetensors]"), 2, {"does not say"});
}

TEST_CASE("a run begins from an exported ONNX file", "[program][starts]") {
  const Other other;
  REQUIRE(other.run("train first.yaml --network lenet --output lenet.safetensors").code == 0);
  REQUIRE(other.run("export lenet.safetensors --no-fold --output lenet.onnx").code == 0);
  for (const std::string name : {"lenet.safetensors", "lenet.onnx"}) {
    const Output output = other.start("[" + name + "]", "--run from-" + name);
    INFO(output.err);
    REQUIRE(output.code == 0);
  }
  CHECK(other.run("front from-lenet.onnx --json").out ==
        other.run("front from-lenet.safetensors --json").out);
  const auto store = search::Store::read(other.folder.path() / "from-lenet.onnx");
  CHECK(store.history().result(0)->metrics.count("quick_accuracy") == 1);
}

TEST_CASE("splits are told apart by what they hold out", "[starts]") {
  const nn::Split split{.train = {0, 2, 3}, .validation = {1, 4}};
  CHECK(experiments::held_out(split) == experiments::held_out({{0, 2, 3}, {1, 4}}));
  CHECK(experiments::held_out(split) != experiments::held_out({{0, 2, 4}, {1, 3}}));
  CHECK(experiments::held_out(split) != experiments::held_out({{0, 2}, {1, 4}}));
  CHECK(experiments::held_out({{0, 1}, {}}) == "none");
}
