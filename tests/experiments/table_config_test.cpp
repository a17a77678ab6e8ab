// The sections of an experiment that searches a table: every key checked, a resolved form that
// reads back as itself, mistakes named with their place.
#include "experiments/config/table.hpp"

#include "experiments/config/experiment.hpp"
#include "experiments/summary.hpp"
#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using Catch::Contains;

namespace {

const std::string kExample = R"(name: t
objectives: [maximize: accuracy, minimize: macs]
limits: {macs: {at_least: 1, at_most: 2k}}
space:
  kind: choice
  options: [8, 16, ~x]
  start: ["8|8|8|relu"]
  separator: "|"
  crossover: two_point
  slots:
    - {name: w, count: 2, identity: 8}
    - last
    - {name: act, options: [relu, "no"], any_order: true}
evaluator:
  table:
    file: mine.csv
    key: [a, b, c, d]
    seed: run
    epoch: epoch
    seconds: {field: time, per: epoch}
    metrics:
      accuracy: {field: [a0, a1], over: epochs, scale: 0.01}
      macs: {field: flops, known: true}
      loss: loss
    epochs: 3
)";

Experiment read(const std::string& text, const std::filesystem::path& folder = ".") {
  return read_experiment(nn::YamlNode::parse(text, "run.yaml"), folder);
}

std::string complaint(const std::string& text) {
  try {
    static_cast<void>(read(text));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no complaint";
}

std::string replaced(std::string text, const std::string& a, const std::string& b) {
  const auto at = text.find(a);
  REQUIRE(at != std::string::npos);
  return text.replace(at, a.size(), b);
}

}  // namespace

TEST_CASE("a table's sections are read whole", "[table]") {
  const Experiment e = read(kExample);
  REQUIRE(e.table);
  const TableConfig& t = *e.table;
  REQUIRE(t.groups.size() == 3);
  CHECK(t.groups[0] == search::SlotGroup{"w", 2, {"8", "16", "~x"}, "8", false});
  CHECK(t.groups[1].name == "last");
  CHECK(t.groups[2] == search::SlotGroup{"act", 1, {"relu", "no"}, {}, true});
  CHECK(t.separator == "|");
  CHECK(t.starts == std::vector<std::string>{"8|8|8|relu"});
  CHECK(t.crossing == search::Crossing::two_point);
  CHECK(t.limits == std::vector<search::CostLimit>{{"macs", 1.0, 2000.0}});
  CHECK(t.file == "mine.csv");
  CHECK(t.format.key == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(t.format.seed == "run");
  CHECK(t.format.epoch == "epoch");
  CHECK(t.format.seconds == "time");
  CHECK(t.format.seconds_per_epoch);
  REQUIRE(t.format.metrics.size() == 3);
  CHECK(t.format.metrics[0].fields == std::vector<std::string>{"a0", "a1"});
  CHECK(t.format.metrics[0].over == search::TableMetric::Over::epochs);
  CHECK(t.format.metrics[0].scale == 0.01);
  CHECK(t.format.metrics[1].known);
  CHECK(t.epochs == 3);
  CHECK(e.final.choose == 0);
  // Hypervolumes are measured up to the limits.
  CHECK(maxima(e) == Maxima{{"macs", 2000.0}});
}

TEST_CASE("the epochs of learning curves in lists are read and written", "[table]") {
  const std::string text = replaced(kExample, "epoch: epoch", "at_epochs: [4, 12, 36]");
  const Experiment experiment = read(text);
  CHECK(experiment.table->format.at_epochs == std::vector<int>{4, 12, 36});
  CHECK(read(to_yaml(experiment)).table->format == experiment.table->format);
  CHECK_THAT(complaint(replaced(text, "4, 12", "12, 4")), Contains("epochs must ascend"));
  CHECK_THAT(complaint(replaced(text, "[4, 12", "[0, 12")), Contains("at_epochs"));
  CHECK_THAT(complaint(replaced(text, "[4, 12, 36]", "[]")), Contains("at least one epoch"));
  CHECK_THAT(complaint(replaced(kExample, "epoch: epoch", "epoch: epoch\n    at_epochs: [1]")),
             Contains("the field of `epoch` says"));
}

TEST_CASE("slots may be a number or a map by name", "[table]") {
  const auto groups = [](const std::string& slots) {
    const std::string text =
        "space: {kind: choice, options: [a, b], slots: " + slots +
        "}\nevaluator: {table: {file: t.json, metrics: {accuracy: acc, macs: m}}}\n";
    return read(text).table->groups;
  };
  CHECK(groups("5") == std::vector<search::SlotGroup>{{"slot", 5, {"a", "b"}}});
  CHECK(groups("{x: [p, q], y: {count: 2, identity: a}}") ==
        std::vector<search::SlotGroup>{{"x", 1, {"p", "q"}}, {"y", 2, {"a", "b"}, "a"}});
}

TEST_CASE("a resolved experiment on a table reads back as itself", "[table]") {
  const Experiment first = read(kExample);
  const std::string text = to_yaml(first);
  const Experiment second = read(text);
  CHECK(to_yaml(second) == text);
  CHECK(second.table->groups == first.table->groups);
  CHECK(second.table->format == first.table->format);
  CHECK(second.table->limits == first.table->limits);
  CHECK(second.table->starts == first.table->starts);
  CHECK(second.objectives == first.objectives);
}

TEST_CASE("mistakes in a table's sections are named with their place", "[table]") {
  const auto with = [](const std::string& a, const std::string& b) {
    return complaint(replaced(kExample, a, b));
  };
  CHECK(complaint(kExample) == "no complaint");
  CHECK_THAT(with("options: [8, 16, ~x]", "options: []"),
             Contains("run.yaml:11:") && Contains("no options"));
  CHECK_THAT(with("kind: choice", "kind: choise"),
             Contains("run.yaml:5:") && Contains("did you mean choice?"));
  CHECK_THAT(with("crossover", "crosover"), Contains("run.yaml:9:") && Contains("crossover"));
  CHECK_THAT(with("identity: 8", "identity: 9"), Contains("identity 9"));
  CHECK_THAT(with("8|8|8|relu", "8|8|8|tanh"), Contains("run.yaml:7:") && Contains("tanh"));
  CHECK_THAT(with("any_order", "anyorder"), Contains("run.yaml:13:") && Contains("any_order"));
  CHECK_THAT(with("limits: {macs", "limits: {loss"), Contains("run.yaml:3:") && Contains("macs"));
  CHECK_THAT(with("at_least: 1,", "at_least: 1M,"), Contains("at_least must not be above"));
  CHECK_THAT(with("maximize: accuracy", "maximize: acuracy"),
             Contains("run.yaml:2:") && Contains("did you mean accuracy?"));
  CHECK_THAT(with("maximize: accuracy", "minimize: accuracy"), Contains("did you mean maximize?"));
  CHECK_THAT(with("file: mine.csv", "fille: mine.csv"), Contains("run.yaml:16:"));
  CHECK_THAT(with("    metrics:", "    metrix:"), Contains("metrics"));
  CHECK_THAT(with("scale: 0.01", "scal: 0.01"), Contains("run.yaml:22:"));
  CHECK_THAT(with("per: epoch", "per: minute"), Contains("run.yaml:20:"));
  CHECK_THAT(complaint(kExample + "train: {epochs: 2}\n"), Contains("nothing is trained"));
  CHECK_THAT(complaint(kExample + "final: {choose: 2}\n"), Contains("nothing is trained"));
  CHECK_THAT(complaint(kExample + "data: {dataset: mnist}\n"), Contains("data.dataset"));
  CHECK_THAT(complaint("evaluator: {table: {}}\n"), Contains("kind: choice"));
  CHECK_THAT(complaint("space: {kind: choice, slots: 2, options: [a]}\n"), Contains("evaluator"));
  CHECK_THAT(complaint("space: {kind: choice, slots: 2, options: [a]}\nevaluator: {table: {file: "
                       "t.csv, metrics: {accuracy: a}}}\n"),
             Contains("declares no macs"));
  CHECK_THAT(complaint("space: {kind: choice, slots: 2, options: [a]}\nevaluator: {table: {file: "
                       "t.csv, metrics: {macs: {field: m, known: true}}}}\n"),
             Contains("must not be known"));
}

TEST_CASE("NAS-Bench-Macro as shipped has 3969 distinct networks", "[table]") {
  const std::filesystem::path root = LAMARCK_TEST_DATA;
  if (!std::filesystem::exists(root / "nas-bench-macro")) {
    WARN("skipped: there is no NAS-Bench-Macro in " << root);
    return;
  }
  const std::filesystem::path shipped =
      std::filesystem::path{LAMARCK_SOURCE} / "experiments" / "nas-bench-macro.yaml";
  const Experiment e = read_experiment(nn::YamlNode::load(shipped), shipped.parent_path());
  const LoadedTable loaded = load_table(*e.table, e.objectives, root);
  CHECK(loaded.table->size() == 3969);
  CHECK(loaded.space->size() == 3969.0);
}
