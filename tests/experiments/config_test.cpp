// An experiment from YAML: defaults, every key checked, and a resolved form that reads back as
// itself.
#include "experiments/config/experiment.hpp"

#include <string>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;

namespace {

Experiment read(const std::string& text) {
  return read_experiment(nn::YamlNode::parse(text, "run.yaml"), ".");
}

std::string complaint(const std::string& text) {
  try {
    read(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("an experiment of three lines gets sensible defaults", "[config]") {
  const Experiment e = read("name: tiny\ndata: {dataset: shapes}\nsearch: {evaluations: 5}\n");
  CHECK(e.name == "tiny");
  CHECK(e.search.evaluations == 5);
  CHECK(e.search.method.method == "lamarck");
  REQUIRE(e.objectives.list.size() == 2);
  CHECK(e.objectives.list[0].metric == "accuracy");
  CHECK(e.objectives.list[0].maximize);
  CHECK_FALSE(e.objectives.list[1].maximize);
  CHECK_FALSE(e.space.edits.empty());
  CHECK(e.parallel.workers == 0);
}

TEST_CASE("every section of an experiment is read", "[config]") {
  const Experiment e = read(R"(
name: all
seed: 7
data:
  dataset: mnist
  root: elsewhere
  validation: 5k
  limit: 20k
  augment: [{crop: {pad: 3}}, flip, {erase: {probability: 25%, share: 0.3}}]
objectives: [{maximize: accuracy, weight: 2, at_least: 80%}, {minimize: params, at_most: 50k}]
limits: {macs: 20M, params: 1M, memory: 1M, depth: 30}
space: {start: [lenet, resnet20], edits: {widen: 3, narrow: 2}, channel_step: 4, max_channels: 64}
search: {method: genetic, population: 10, tournament: 2, crossover: 0.5, evaluations: 50, lookahead: 4, ranking: weighted}
train:
  epochs: 3
  batch: 32
  optimizer: {adamw: {rate: 0.002, weight_decay: 0.05, ema: 0.99, clip: 1}}
  schedule: {cosine: {warmup: 0.1, floor: 0.01}}
  label_smoothing: 0.1
  init: xavier_uniform
  zero_gamma: true
final: {choose: 4, epochs: 20, seeds: 3, threads: 2, start: [scratch, inherited]}
parallel: {workers: 2, threads_per_candidate: 1}
stop: {minutes: 30, stalled: 40}
)");
  CHECK(e.seed == 7);
  CHECK(e.train.threads == 1);
  CHECK(e.final.train.threads == 2);
  CHECK(e.data.validation == 5000);
  CHECK(e.data.load.limit == 20000);
  CHECK(e.train.augment.crop_pad == 3);
  CHECK(e.train.augment.flip);
  CHECK(e.train.augment.erase == Approx(0.25));
  CHECK(e.train.augment.erase_max == Approx(0.3));
  CHECK(e.objectives.list[0].weight == 2);
  CHECK(e.objectives.list[0].bound == 0.8);
  CHECK(e.objectives.list[1].bound == 50e3);
  CHECK(e.objectives.ranking == search::Ranking::weighted);
  CHECK(e.space.limits.macs == 20e6);
  CHECK(e.space.limits.depth == 30);
  CHECK(e.space.starts.size() == 2);
  CHECK(e.space.edits.size() == 2);
  CHECK(e.space.sites.channel_step == 4);
  CHECK(e.search.method.crossover == 0.5);
  CHECK(e.train.optimizer.kind == nn::OptimizerKind::adamw);
  CHECK(e.train.optimizer.ema == 0.99);
  CHECK(e.train.schedule.kind == nn::ScheduleKind::cosine);
  CHECK(e.train.schedule.warmup == 0.1);
  CHECK(e.init.kind == nn::Initializer::xavier_uniform);
  CHECK(e.init.zero_gamma);
  CHECK(e.final.train.epochs == 20);
  CHECK(e.final.train.batch == 32);  // what final does not say, train does
  CHECK(e.final.start == std::vector<std::string>{"scratch", "inherited"});
  CHECK(e.minutes == 30);
  CHECK(e.stalled == 40);
}

TEST_CASE("a target makes the ranking one of targets", "[config]") {
  const Experiment soft = read("objectives: [maximize: accuracy, {minimize: macs, target: 5M}]\n");
  CHECK(soft.objectives.ranking == search::Ranking::target);
  CHECK(soft.objectives.list[1].target == search::Target{.at = 5e6});
  const Experiment hard = read(
      "objectives: [{maximize: accuracy, weight: 2}, {minimize: macs, target: {at: 5M, within: 0, "
      "beyond: 1}}]\nsearch: {ranking: target}\n");
  CHECK(hard.objectives.list[1].target == search::Target{.at = 5e6, .within = 0, .beyond = 1});
  CHECK(hard.objectives.list[0].weight == 2);
}

TEST_CASE("the resolved form reads back as the same experiment", "[config]") {
  const std::vector<std::string> texts{
      "{}",
      "objectives: [maximize: accuracy, {minimize: macs, target: {at: 5M, beyond: 1}}]\n",
      "data: {split: 7}\nsearch: {prescreen: synflow}\n",
      "data: {split: last, validation: 100}\n",
      "stop: {minutes: 1.5, stalled: 30}\n",
      "final: {choose: [best, {params: 100k}, {macs: 2M, depth: 9}], seeds: 3}\n",
      "search: {epochs: 40, halving: asynchronous}\ntrain: {epochs: 4}\n",
      "search: {halving: {least: 2, eta: 2.5, kind: synchronous, bracket: 12}}\ntrain: {epochs: "
      "9}\n",
      "name: a\nlimits: {macs: 1234567}\nsearch: {method: greedy, improvement: best}\n",
      "search: {method: random}\ntrain: {optimizer: {rmsprop: {rate: 0.0123456789012345}}, "
      "schedule: step}\n",
      "data: {augment: [flip, erase]}\nobjectives: [{maximize: accuracy, weight: 0.1, at_least: "
      "0.7}]\nfinal: "
      "{start: scratch}\n",
      "space:\n  start:\n    - input: {channels: 1, height: 8, width: 8}\n      nodes:\n"
      "        - {id: c, conv: {out: 4, kernel: 3}, norm: batch, act: relu}\n"
      "        - {id: p, global_avg_pool: {}}\n        - {id: logits, dense: {out: 10}}\n"};
  for (const auto& text : texts) {
    INFO(text);
    const std::string resolved = to_yaml(read(text));
    INFO(resolved);
    CHECK(to_yaml(read(resolved)) == resolved);
  }
  CHECK(to_yaml(read("limits: {macs: 40M}")).find("macs: 40000000\n") != std::string::npos);
}

TEST_CASE("the precision is settled when an experiment is read", "[config]") {
  using kernels::DataType;
  const auto here = kernels::gains_by_bf16() ? DataType::bf16 : DataType::f32;
  for (const char* text : {"{}", "train: {epochs: 1}", "train: {precision: auto}"})
    CHECK(read(text).train.precision == here);
  const Experiment half = read("train: {precision: bf16}");
  CHECK(half.train.precision == DataType::bf16);
  CHECK(half.final.train.precision == DataType::bf16);
  CHECK(read("train: {precision: f32}").train.precision == DataType::f32);
  CHECK(read("train: {precision: bf16}\nfinal: {precision: f32}").final.train.precision ==
        DataType::f32);
  CHECK(to_yaml(half).find("precision: bf16") != std::string::npos);
  CHECK(to_yaml(half).find("precision: auto") == std::string::npos);
}

TEST_CASE("a wrong experiment is told where and what", "[config]") {
  struct Case {
    std::string text;
    std::vector<std::string> fragments;
  };
  const std::vector<Case> cases{
      {"search: {method: genetic, populaton: 3}",
       {"run.yaml:1:", "search.populaton", "did you mean population?"}},
      {"serach: {}", {"run.yaml:1:1", "serach", "did you mean search?"}},
      {"final: {threads: 0}", {"final.threads"}},
      {"final: {choose: []}", {"final.choose", "[best]"}},
      {"final: {choose: [beest]}", {"final.choose", "did you mean best?"}},
      {"final: {choose: [{}]}", {"final.choose", "expected a limit"}},
      {"final: {choose: [{parms: 3}]}", {"final.choose", "did you mean params?"}},
      {"search: {halving: asynchronus}", {"search.halving", "did you mean asynchronous?"}},
      {"search: {halving: {bracket: 4}}", {"search.halving.bracket", "no brackets"}},
      {"search: {halving: {eta: 1}}", {"search.halving.eta"}},
      {"search: {halving: asynchronous}\ntrain: {epochs: 1}",
       {"search.halving", "nothing to halve"}},
      {"search: {epochs: 0}", {"search.epochs"}},
      {"search: {dismiss: 1.5}", {"search.dismiss"}},
      {"search: {start_epochs: 0}", {"search.start_epochs"}},
      {"search: {start_epochs: 3, inherit: false}", {"search.start_epochs", "search.inherit"}},
      {"search: {start_epochs: 3, halving: asynchronous}\ntrain: {epochs: 9}",
       {"search.start_epochs", "search.halving"}},
      {"search: {evaluations: many}", {"search.evaluations", "many"}},
      {"search: {evaluations: 0}", {"search.evaluations"}},
      {"search: {method: genetc}", {"search.method", "did you mean genetic?"}},
      {"search: {method: random, population: 5}", {"search.population"}},
      {"train:\n  epochs: 2\n  rate: 0.1\n", {"run.yaml:3:3", "train.rate"}},
      {"train: {precision: fp16}", {"train.precision", "auto, f32, bf16"}},
      {"train: {batch: -1}", {"train.batch"}},
      {"train: {batch: 1.5}", {"train.batch"}},
      {"train: {optimizer: {sgd: {beta1: 0.9}}}", {"beta1"}},
      {"train: {optimizer: {sgd: {momentum: 0, nesterov: true}}}", {"nesterov"}},
      {"train: {optimizer: adma}", {"did you mean adam"}},
      {"train: {schedule: {cosine: {gamma: 1}}}", {"gamma"}},
      {"data: {augment: [flop]}", {"data.augment", "did you mean flip?"}},
      {"data: {augment: [{erase: {least: 0.5, share: 0.1}}]}", {"least"}},
      {"data: 5", {"data"}},
      {"objectives: []", {"objectives"}},
      {"objectives: [maximize: accuracy, maximize: accuracy]", {"run.yaml:1:", "already"}},
      {"objectives: [{minimize: macs, target: 1M}, {maximize: macs}]",
       {"run.yaml:1:", "objectives[1]", "did you mean minimize?"}},
      {"space: {kind: choice, slots: 1, options: [a]}\nevaluator: {table: {file: t.csv, metrics: "
       "{size: s}}}\nobjectives: [maximize: size, minimize: size]",
       {"run.yaml:3:", "objectives[1]", "size cannot be both"}},
      {"objectives: [{minimize: macs, target: 0}]", {"objectives[0].target"}},
      {"objectives: [{minimize: macs, target: {at: 1M, within: 0, beyond: 0}}]",
       {"objectives[0].target", "nothing"}},
      {"objectives: [{minimize: macs, target: {at: 1M, beyond: -1}}]",
       {"objectives[0].target.beyond"}},
      {"objectives: [{minimize: macs, target: 1M, weight: 2}]", {"objectives[0].weight", "within"}},
      {"objectives: [maximize: accuracy, {minimize: macs, target: 1M}]\nsearch: {ranking: pareto}",
       {"run.yaml:2:19: search.ranking", "macs has a target"}},
      {"objectives: [maximize: accuracy, minimize: macs]\nsearch: {ranking: target}",
       {"run.yaml:2:19: search.ranking", "macs has none"}},
      {"objectives: [maximize: acuracy]", {"did you mean accuracy?"}},
      {"objectives: [minimize: accuracy]", {"did you mean maximize?"}},
      {"objectives: [maximize: macs]", {"did you mean minimize?"}},
      {"objectives: [maximize: accuracy, maximize: accuracy]", {"already"}},
      {"objectives: [{maximize: accuracy, minimize: macs}]", {"one of"}},
      {"objectives: [{maximize: accuracy, at_most: 1}]", {"maximized takes at_least"}},
      {"objectives: [{maximize: accuracy, at_least: 1}]", {"at_least"}},
      {"objectives: [{minimize: macs, at_least: 5}]", {"minimized takes at_most"}},
      {"space: {edits: {widne: 1}}", {"space.edits.widne", "did you mean widen?"}},
      {"space: {edits: {widen: 0}}", {"no edit has a weight above 0"}},
      {"space: {start: []}", {"at least one network"}},
      {"space: {start: nowhere.yaml}", {"no file", "nowhere.yaml"}},
      {"space: {start: small-plian}", {"did you mean small-plain?"}},
      {"limits: {macs: lots}", {"limits.macs"}},
      {"final: {start: [scratch, scratch]}", {"twice"}},
      {"parallel: {workers: 9}\nsearch: {lookahead: 8}", {"run.yaml:1:", "lookahead"}},
      {"search: {method: genetic, population: 4, tournament: 5}", {"tournament"}},
      {"name: ../evil", {"name"}},
      {"seed: -1", {"seed"}},
      {"[1, 2]", {"map of sections"}},
      {"", {"run.yaml"}},
  };
  for (const auto& one : cases) {
    const std::string message = complaint(one.text);
    INFO(one.text << "\n-> " << message);
    for (const auto& fragment : one.fragments) CHECK(message.find(fragment) != std::string::npos);
  }
}

TEST_CASE("overrides reach any key and are checked like the file", "[config]") {
  nn::YamlNode root = nn::YamlNode::parse("search: {evaluations: 10}\n", "run.yaml");
  root.set("search.evaluations", "50");
  root.set("train.optimizer", "{adam: {rate: 0.01}}");
  root.set("limits.macs", "3M");
  const Experiment e = read_experiment(root, ".");
  CHECK(e.search.evaluations == 50);
  CHECK(e.train.optimizer.kind == nn::OptimizerKind::adam);
  CHECK(e.space.limits.macs == 3e6);

  root.set("search.evaluatons", "5");
  try {
    static_cast<void>(read_experiment(root, "."));
    FAIL("an unknown key was taken");
  } catch (const ConfigError& error) {
    const std::string message = error.what();
    INFO(message);
    CHECK(message.find("--set") != std::string::npos);
    CHECK(message.find("did you mean evaluations?") != std::string::npos);
  }
}
