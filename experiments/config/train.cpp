// The `train` and `final` sections: how candidates and finalists are trained.
#include <array>
#include <utility>

#include "experiments/config/sections.hpp"
#include "kernels/cpu.hpp"

namespace lamarck::experiments {
namespace {

using nn::OptimizerKind;
using nn::ScheduleKind;

constexpr std::array<std::pair<const char*, OptimizerKind>, 4> kOptimizers{
    {{"sgd", OptimizerKind::sgd},
     {"adam", OptimizerKind::adam},
     {"adamw", OptimizerKind::adamw},
     {"rmsprop", OptimizerKind::rmsprop}}};
constexpr std::array<std::pair<const char*, ScheduleKind>, 4> kSchedules{
    {{"constant", ScheduleKind::constant},
     {"step", ScheduleKind::step},
     {"cosine", ScheduleKind::cosine},
     {"one_cycle", ScheduleKind::one_cycle}}};
constexpr std::array<std::pair<const char*, nn::Initializer>, 4> kInitializers{
    {{"he_normal", nn::Initializer::he_normal},
     {"he_uniform", nn::Initializer::he_uniform},
     {"xavier_normal", nn::Initializer::xavier_normal},
     {"xavier_uniform", nn::Initializer::xavier_uniform}}};

template <class Table>
std::vector<std::string> names(const Table& table) {
  std::vector<std::string> result;
  for (const auto& row : table) result.emplace_back(row.first);
  return result;
}

template <class Table>
auto value(const Table& table, const std::string& name) {
  for (const auto& row : table)
    if (row.first == name) return row.second;
  return table.front().second;  // not reached: names are checked before
}

kernels::DataType precision_named(const std::string& name) {
  if (name == "auto") return automatic_precision();
  return name == "bf16" ? kernels::DataType::bf16 : kernels::DataType::f32;
}

const std::vector<std::string> kTrainKeys{"epochs",          "batch",     "optimizer", "schedule",
                                          "label_smoothing", "patience",  "init",      "zero_gamma",
                                          "winograd",        "precision", "freeze"};

}  // namespace

kernels::DataType automatic_precision() {
  return kernels::gains_by_bf16() ? kernels::DataType::bf16 : kernels::DataType::f32;
}

NamedOptions read_named(const nn::YamlNode& node, const std::vector<std::string>& allowed) {
  if (node.is_scalar()) return {node.choice(allowed), std::nullopt};
  if (!node.is_map() || node.keys().size() != 1)
    node.fail("expected one of the known names, alone or as `name: {options}`");
  node.only_keys(allowed);
  const std::string name = node.keys().front();
  const nn::YamlNode options = node.at(name);
  if (options.is_null()) return {name, std::nullopt};
  if (!options.is_map()) options.fail("expected a map of options");
  return {name, options};
}

nn::OptimizerOptions read_optimizer(const nn::YamlNode& node, nn::OptimizerOptions options) {
  const auto [name, map] = read_named(node, names(kOptimizers));
  const OptimizerKind kind = value(kOptimizers, name);
  if (kind != options.kind) {  // another optimiser: its own defaults
    const double clip = options.clip;
    const double ema = options.ema;
    options = {};
    options.kind = kind;
    options.clip = clip;
    options.ema = ema;
    options.rate = kind == OptimizerKind::sgd ? 0.1 : 1e-3;
    if (kind == OptimizerKind::rmsprop) options.momentum = 0;
  }
  if (!map) return options;
  std::vector<std::string> keys{"rate", "weight_decay", "clip", "ema"};
  if (kind == OptimizerKind::sgd) keys.insert(keys.end(), {"momentum", "nesterov"});
  if (kind == OptimizerKind::rmsprop) keys.insert(keys.end(), {"momentum", "alpha", "epsilon"});
  if (kind == OptimizerKind::adam || kind == OptimizerKind::adamw)
    keys.insert(keys.end(), {"beta1", "beta2", "epsilon"});
  map->only_keys(keys);
  set_number(*map, "rate", options.rate, 1e-9, 1e3);
  set_number(*map, "weight_decay", options.weight_decay, 0, 10);
  set_number(*map, "clip", options.clip, 0, 1e6);
  set_number(*map, "ema", options.ema, 0, 0.999999);
  set_number(*map, "momentum", options.momentum, 0, 0.9999);
  set_boolean(*map, "nesterov", options.nesterov);
  set_number(*map, "alpha", options.alpha, 0, 0.999999);
  set_number(*map, "beta1", options.beta1, 0, 0.999999);
  set_number(*map, "beta2", options.beta2, 0, 0.9999999);
  set_number(*map, "epsilon", options.epsilon, 1e-16, 1);
  if (options.nesterov && options.momentum == 0) map->fail("nesterov needs a momentum above 0");
  return options;
}

nn::Schedule read_schedule(const nn::YamlNode& node, nn::Schedule schedule) {
  const auto [name, map] = read_named(node, names(kSchedules));
  schedule = {};
  schedule.kind = value(kSchedules, name);
  if (!map) return schedule;
  std::vector<std::string> keys{"warmup"};
  if (schedule.kind == ScheduleKind::step) keys.insert(keys.end(), {"gamma", "every"});
  if (schedule.kind == ScheduleKind::cosine) keys.emplace_back("floor");
  if (schedule.kind == ScheduleKind::one_cycle) keys = {"peak_at", "start_factor", "end_factor"};
  map->only_keys(keys);
  set_number(*map, "warmup", schedule.warmup, 0, 0.99);
  set_number(*map, "gamma", schedule.gamma, 1e-6, 1);
  set_integer(*map, "every", schedule.every, 1, 100000);
  set_number(*map, "floor", schedule.floor, 0, 1);
  set_number(*map, "peak_at", schedule.peak_at, 0, 1);
  set_number(*map, "start_factor", schedule.start_factor, 0, 1);
  set_number(*map, "end_factor", schedule.end_factor, 0, 1);
  return schedule;
}

void read_train(const nn::YamlNode& node, nn::TrainOptions& train, nn::InitOptions& init,
                const std::vector<std::string>& extra) {
  std::vector<std::string> keys = kTrainKeys;
  keys.insert(keys.end(), extra.begin(), extra.end());
  node.only_keys(keys);
  set_integer(node, "epochs", train.epochs, 0, 100000);
  set_integer(node, "batch", train.batch, 1, 65536);
  if (const auto optimizer = node.find("optimizer"))
    train.optimizer = read_optimizer(*optimizer, train.optimizer);
  if (const auto schedule = node.find("schedule"))
    train.schedule = read_schedule(*schedule, train.schedule);
  set_number(node, "label_smoothing", train.label_smoothing, 0, 0.5);
  set_integer(node, "patience", train.patience, 0, 100000);
  set_boolean(node, "winograd", train.winograd);
  if (const auto precision = node.find("precision"))
    train.precision = precision_named(precision->choice({"auto", "f32", "bf16"}));
  if (const auto freeze = node.find("freeze")) {
    train.freeze.clear();
    for (const auto& pattern : freeze->items()) train.freeze.push_back(pattern.text());
  }
  if (const auto kind = node.find("init"))
    init.kind = value(kInitializers, kind->choice(names(kInitializers)));
  set_boolean(node, "zero_gamma", init.zero_gamma);
}

namespace {

// `best` or `{params: 100k}`: the best of all, or the best that keeps the limits.
search::Limits read_pick(const nn::YamlNode& item) {
  search::Limits limits;
  if (item.is_map()) {
    read_limits(item, limits);
    if (limits == search::Limits{}) item.fail("expected a limit, such as {params: 100k}");
  } else {
    static_cast<void>(item.choice({"best"}));
  }
  return limits;
}

}  // namespace

void read_final(const nn::YamlNode& node, FinalConfig& final) {
  nn::InitOptions ignored;
  read_train(node, final.train, ignored, {"choose", "seeds", "start", "augment", "threads"});
  if (const auto init = node.find("init")) init->fail("set it in train");
  if (const auto gamma = node.find("zero_gamma")) gamma->fail("set it in train");
  if (const auto choose = node.find("choose")) {
    if (choose->is_scalar()) {
      final.choose = static_cast<int>(choose->integer(0, 1000));
    } else {
      for (const auto& item : choose->items()) final.best_within.push_back(read_pick(item));
      if (final.best_within.empty()) choose->fail("expected a number, or a list such as [best]");
      final.choose = static_cast<int>(final.best_within.size());
    }
  }
  set_integer(node, "seeds", final.seeds, 1, 100);
  set_integer(node, "threads", final.train.threads, 1, 4096);
  if (const auto augment = node.find("augment")) final.train.augment = read_augment(*augment);
  if (const auto start = node.find("start")) {
    final.start.clear();
    const std::vector<std::string> choices{"inherited", "scratch"};
    if (start->is_scalar()) {
      final.start = {start->choice(choices)};
    } else {
      for (const auto& item : start->items()) {
        const std::string kind = item.choice(choices);
        for (const auto& before : final.start)
          if (before == kind) item.fail(kind + " is there twice");
        final.start.push_back(kind);
      }
      if (final.start.empty()) start->fail("expected inherited, scratch or both");
    }
  }
}

}  // namespace lamarck::experiments
