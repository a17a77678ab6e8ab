#include "experiments/config/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "experiments/config/sections.hpp"
#include "nn/blocks.hpp"

namespace lamarck::experiments {
namespace {

Experiment defaults() {
  Experiment experiment;
  experiment.objectives.list = {{"accuracy", true, 1.0}, {"macs", false, 1.0}};
  experiment.space.starts = {{.name = "small-plain"}};
  experiment.space.edits = default_edits();
  experiment.train.epochs = 2;
  experiment.train.optimizer.nesterov = true;
  experiment.train.optimizer.weight_decay = 5e-4;
  experiment.train.precision = automatic_precision();
  return experiment;
}

std::string read_name(const nn::YamlNode& node) {
  const std::string name = node.text();
  const auto fine = [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  };
  if (name.empty() || name.front() == '.' || !std::all_of(name.begin(), name.end(), fine))
    node.fail("a name is letters, digits, '-', '_' and '.', and does not begin with '.'");
  return name;
}

// An experiment that searches a table: what concerns networks and their training has no meaning.
void read_table(const nn::YamlNode& root, const std::filesystem::path& folder,
                Experiment& experiment) {
  for (const char* section : {"train", "final"})
    if (const auto node = root.find(section)) node->fail("nothing is trained on a table");
  if (const auto data = root.find("data")) {
    data->only_keys({"root"});
    if (const auto place = data->find("root")) experiment.data.root = place->text();
  }
  const TableConfig& table = experiment.table.emplace(read_table_config(root, folder));
  std::vector<std::string> metrics;
  for (const auto& metric : table.format.metrics) metrics.push_back(metric.metric);
  if (const auto node = root.find("objectives"))
    read_objectives(*node, experiment.objectives, metrics);
  for (const auto& objective : experiment.objectives.list)
    if (std::find(metrics.begin(), metrics.end(), objective.metric) == metrics.end())
      root.at("evaluator")
          .at("table")
          .at("metrics")
          .fail("declares no " + objective.metric +
                ", which is an objective unless `objectives` says otherwise");
}

// What no single key can tell.
void check_contradictions(const nn::YamlNode& root, const Experiment& experiment) {
  const auto place = [&](std::string_view section, std::string_view key) {
    if (const auto map = root.find(section))
      if (const auto value = map->find(key)) return *value;
    return root;
  };
  if (static_cast<std::size_t>(std::max(experiment.parallel.workers, 1)) >
      experiment.search.lookahead)
    place("parallel", "workers")
        .fail("more workers than search.lookahead (" + std::to_string(experiment.search.lookahead) +
              ") would wait for each other; raise search.lookahead or lower parallel.workers");
  const auto& method = experiment.search.method;
  if (experiment.table && experiment.search.prescreen)
    place("search", "prescreen").fail("entries of a table are no networks to compute a proxy of");
  if (const auto& halving = experiment.search.halving;
      halving && !experiment.table && halving->least >= experiment.train.epochs)
    place("search", "halving")
        .fail(fmt::format("candidates begin with {} of train.epochs {}: there is nothing to halve",
                          halving->least, experiment.train.epochs));
  if (experiment.search.start_epochs > 0) {
    const auto start_epochs = place("search", "start_epochs");
    if (experiment.table) start_epochs.fail("nothing is trained on a table");
    if (experiment.search.halving)
      start_epochs.fail("with search.halving starts begin with as few epochs as all candidates");
    if (!experiment.search.inherit)
      start_epochs.fail("without search.inherit starts are candidates like all others");
  }
  if (method.method == "genetic" && method.tournament > method.population)
    place("search", "tournament")
        .fail("a tournament larger than the population of " + std::to_string(method.population));
  const std::string ranking{search::name(experiment.objectives.ranking)};
  const bool targets = experiment.objectives.ranking == search::Ranking::target;
  for (const auto& objective : experiment.objectives.list) {
    if (objective.target && !targets)
      place("search", "ranking").fail(ranking + ", but " + objective.metric + " has a target");
    if (targets && !objective.maximize && !objective.target)
      place("search", "ranking")
          .fail("target, but " + objective.metric +
                " has none, as in {minimize: " + objective.metric + ", target: ...}");
    if (experiment.objectives.ranking != search::Ranking::pareto && objective.weight == 0)
      place("search", "ranking").fail(ranking + ", but " + objective.metric + " has weight 0");
  }
}

}  // namespace

const std::map<std::string, double>& default_edits() {
  static const std::map<std::string, double> edits{
      {"widen", 3},           {"narrow", 2},
      {"insert_conv", 2},     {"insert_residual", 2},
      {"remove_layer", 1},    {"grow_kernel", 0.5},
      {"shrink_kernel", 0.5}, {"add_skip", 0.5},
      {"remove_skip", 0.5},   {"change_activation", 0.5},
      {"change_stride", 0.5}, {"separate", 1},
      {"insert_dense", 0.5},  {"change_pooling", 0.5}};
  return edits;
}

Experiment read_experiment(const nn::YamlNode& root, const std::filesystem::path& folder) {
  if (!root.is_map())
    root.fail("an experiment is a map of sections such as data, space, search and train");
  root.only_keys({"name", "seed", "data", "objectives", "limits", "space", "evaluator", "search",
                  "train", "final", "parallel", "stop"});
  Experiment experiment = defaults();
  if (const auto node = root.find("name")) experiment.name = read_name(*node);
  set_integer(root, "seed", experiment.seed, 0, kMaxSeed);
  if (is_choice_space(root)) {
    read_table(root, folder, experiment);
  } else {
    if (const auto node = root.find("evaluator"))
      node->fail("a table is searched over a space of `kind: choice`");
    if (const auto node = root.find("data"))
      read_data(*node, experiment.data, experiment.train.augment);
    if (const auto node = root.find("objectives")) read_objectives(*node, experiment.objectives);
    if (const auto node = root.find("limits")) read_limits(*node, experiment.space.limits);
    if (const auto node = root.find("space")) read_space(*node, folder, experiment.space);
  }
  if (const auto node = root.find("search"))
    read_search(*node, experiment.search, experiment.objectives);
  if (const auto node = root.find("train")) read_train(*node, experiment.train, experiment.init);
  if (const auto node = root.find("parallel")) read_parallel(*node, experiment.parallel);
  experiment.train.threads = experiment.parallel.threads_per_candidate;
  experiment.final.train = experiment.train;
  experiment.final.train.epochs = 10;
  if (const auto node = root.find("final")) read_final(*node, experiment.final);
  if (experiment.table) experiment.final.choose = 0;
  if (const auto node = root.find("stop")) {
    node->only_keys({"minutes", "stalled"});
    set_number(*node, "minutes", experiment.minutes, 0, 1e6);
    set_integer(*node, "stalled", experiment.stalled, 0, 100'000'000);
  }
  check_contradictions(root, experiment);
  return experiment;
}

}  // namespace lamarck::experiments
