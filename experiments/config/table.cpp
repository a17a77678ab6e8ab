#include "experiments/config/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/config/sections.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "nn/formats/files.hpp"

namespace lamarck::experiments {
namespace {

using search::TableFormat;
using search::TableMetric;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

std::vector<std::string> texts(const nn::YamlNode& node) {
  std::vector<std::string> all;
  if (!node.is_list()) return {node.text()};
  for (const auto& item : node.items()) all.push_back(item.text());
  return all;
}

search::SlotGroup read_group(const nn::YamlNode& node, search::SlotGroup group, bool named) {
  if (named && node.is_list()) {
    group.options = texts(node);
    return group;
  }
  if (!node.is_map()) {
    group.name = node.text();
    return group;
  }
  node.only_keys(
      named ? std::vector<std::string>{"count", "options", "identity", "any_order"}
            : std::vector<std::string>{"name", "count", "options", "identity", "any_order"});
  if (!named)
    if (const auto name = node.find("name")) group.name = name->text();
  set_integer(node, "count", group.count, 1, 10000);
  if (const auto options = node.find("options")) group.options = texts(*options);
  if (const auto identity = node.find("identity")) group.identity = identity->text();
  set_boolean(node, "any_order", group.any_order);
  return group;
}

// A number of slots, a list of groups, or a map of them by name.
std::vector<search::SlotGroup> read_slots(const nn::YamlNode& node,
                                          const search::SlotGroup& common) {
  std::vector<search::SlotGroup> groups;
  if (node.is_scalar()) {
    search::SlotGroup group = common;
    group.name = "slot";
    group.count = static_cast<std::size_t>(node.integer(1, 10000));
    return {group};
  }
  if (node.is_map())
    for (const auto& name : node.keys()) {
      search::SlotGroup group = common;
      group.name = name;
      groups.push_back(read_group(node.at(name), group, true));
    }
  else
    for (const auto& item : node.items()) groups.push_back(read_group(item, common, false));
  return groups;
}

// Genomes, and fronts of other runs.
std::vector<std::string> read_genomes(const nn::YamlNode& node) {
  if (node.is_map()) return read_run_genomes(node);
  if (!node.is_list()) return {node.text()};
  std::vector<std::string> genomes;
  for (const auto& item : node.items())
    for (std::string& genome : read_genomes(item)) genomes.push_back(std::move(genome));
  return genomes;
}

void read_choice_space(const nn::YamlNode& node, TableConfig& config) {
  node.only_keys({"kind", "slots", "options", "separator", "start", "crossover"});
  search::SlotGroup common;
  if (const auto options = node.find("options")) common.options = texts(*options);
  if (const auto separator = node.find("separator")) config.separator = separator->text();
  const auto place = node.at("slots");
  config.groups = read_slots(place, common);
  if (const auto crossover = node.find("crossover")) {
    const std::string word = crossover->choice({"uniform", "one_point", "two_point"});
    config.crossing = word == "uniform"     ? search::Crossing::uniform
                      : word == "one_point" ? search::Crossing::one_point
                                            : search::Crossing::two_point;
  }
  const auto at = [](const nn::YamlNode& where, const auto& call) {
    try {
      call();
    } catch (const ConfigError& error) {
      where.fail(error.what());
    }
  };
  at(place, [&] { static_cast<void>(config.slots()); });
  if (const auto start = node.find("start")) {
    config.starts = read_genomes(*start);
    if (config.starts.empty()) start->fail("at least one genome to start from is needed");
    at(*start, [&] {
      for (const auto& text : config.starts) static_cast<void>(config.slots().parse(text));
    });
  }
}

TableMetric read_metric(const std::string& name, const nn::YamlNode& node) {
  TableMetric metric{.metric = name, .fields = {}};
  if (!node.is_map()) {
    metric.fields = texts(node);
  } else {
    node.only_keys({"field", "over", "scale", "known"});
    metric.fields = texts(node.at("field"));
    if (const auto over = node.find("over"))
      metric.over = over->choice({"seeds", "epochs"}) == "seeds" ? TableMetric::Over::seeds
                                                                 : TableMetric::Over::epochs;
    set_number(node, "scale", metric.scale, -1e300, 1e300);
    set_boolean(node, "known", metric.known);
  }
  if (metric.fields.empty()) node.fail("at least one field is needed");
  return metric;
}

void read_at_epochs(const nn::YamlNode& node, TableFormat& format) {
  if (!format.epoch.empty()) node.fail("the field of `epoch` says which epochs there are");
  for (const auto& item : node.items()) {
    const auto epoch = static_cast<int>(item.integer(1, search::kMostEpochs));
    if (!format.at_epochs.empty() && epoch <= format.at_epochs.back())
      item.fail("epochs must ascend");
    format.at_epochs.push_back(epoch);
  }
  if (format.at_epochs.empty()) node.fail("at least one epoch is needed");
}

void read_evaluator(const nn::YamlNode& node, const std::filesystem::path& folder,
                    TableConfig& config) {
  node.only_keys({"table"});
  const auto table = node.at("table");
  table.only_keys(
      {"file", "entries", "key", "metrics", "seed", "epoch", "at_epochs", "seconds", "epochs"});
  config.file = table.at("file").text();
  // A run keeps its experiment elsewhere, so what is relative to this file is made absolute.
  if (config.file.starts_with("./") || config.file.starts_with("../"))
    config.file = std::filesystem::absolute(folder / config.file).lexically_normal().string();
  TableFormat& format = config.format;
  if (const auto entries = table.find("entries")) format.entries = entries->text();
  if (const auto key = table.find("key")) format.key = texts(*key);
  if (const auto seed = table.find("seed")) format.seed = seed->text();
  if (const auto epoch = table.find("epoch")) format.epoch = epoch->text();
  if (const auto at = table.find("at_epochs")) read_at_epochs(*at, format);
  if (const auto seconds = table.find("seconds")) {
    if (seconds->is_map()) {
      seconds->only_keys({"field", "per"});
      format.seconds = seconds->at("field").text();
      if (const auto per = seconds->find("per"))
        format.seconds_per_epoch = per->choice({"run", "epoch"}) == "epoch";
    } else {
      format.seconds = seconds->text();
    }
  }
  const auto metrics = table.at("metrics");
  for (const auto& name : metrics.keys())
    format.metrics.push_back(read_metric(name, metrics.at(name)));
  if (std::all_of(format.metrics.begin(), format.metrics.end(),
                  [](const auto& metric) { return metric.known; }))
    metrics.fail("at least one metric must not be known beforehand");
  set_integer(table, "epochs", config.epochs, 0, search::kMostEpochs);
}

void read_cost_limits(const nn::YamlNode& node, TableConfig& config) {
  std::vector<std::string> known;
  for (const auto& metric : config.format.metrics)
    if (metric.known) known.push_back(metric.metric);
  node.only_keys(known);
  for (const auto& name : node.keys()) {
    const auto value = node.at(name);
    search::CostLimit limit{.metric = name};
    if (value.is_map()) {
      value.only_keys({"at_least", "at_most"});
      if (const auto least = value.find("at_least")) limit.least = least->number();
      if (const auto most = value.find("at_most")) limit.most = most->number();
      if (limit.least && limit.most && *limit.least > *limit.most)
        value.fail("at_least must not be above at_most");
    } else {
      limit.most = value.number();
    }
    config.limits.push_back(limit);
  }
}

// `macs at most 5, accuracy at least 0.9`
std::string bounds_text(const std::vector<const search::Objective*>& bounded) {
  std::vector<std::string> all;
  for (const search::Objective* one : bounded)
    all.push_back(fmt::format("{} {} {:.6g}", one->metric, one->maximize ? "at least" : "at most",
                              *one->bound));
  return fmt::format("{}", fmt::join(all, ", "));
}
std::string limits_text(const std::vector<search::CostLimit>& limits) {
  std::vector<std::string> all;
  for (const search::CostLimit& one : limits) {
    if (one.least) all.push_back(fmt::format("{} at least {:.6g}", one.metric, *one.least));
    if (one.most) all.push_back(fmt::format("{} at most {:.6g}", one.metric, *one.most));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

// Whether some candidate keeps the bounds on what is known beforehand, and the limits with them.
// That some keeps the limits is looked at with the space.
void check_bounds(const search::Objectives& objectives,
                  const std::vector<search::CostLimit>& limits, const search::Table& table) {
  std::vector<const search::Objective*> bounded;
  for (const auto& objective : objectives.list)
    if (objective.bound && table.entries().begin()->second.known.count(objective.metric) > 0)
      bounded.push_back(&objective);
  const auto value = [](const search::Objective& objective, const search::TableEntry& entry) {
    return entry.known.find(objective.metric)->second;
  };
  const auto keeps = [&](const search::Objective& objective, const search::TableEntry& entry) {
    const double found = value(objective, entry);
    return objective.maximize ? found >= *objective.bound : found <= *objective.bound;
  };
  for (const search::Objective* objective : bounded) {
    const bool maximize = objective->maximize;
    double best = maximize ? -std::numeric_limits<double>::infinity()
                           : std::numeric_limits<double>::infinity();
    for (const auto& [key, entry] : table.entries())
      if (const double found = value(*objective, entry); maximize ? found > best : found < best)
        best = found;
    if (maximize ? best < *objective->bound : best > *objective->bound)
      throw ConfigError(
          fmt::format("objectives: none of the {} candidates has {} of {} {:.6g}; "
                      "the best has {:.6g}",
                      table.size(), objective->metric, maximize ? "at least" : "at most",
                      *objective->bound, best));
  }
  const auto keeps_all = [&](const auto& row) {
    return std::all_of(bounded.begin(), bounded.end(),
                       [&](const auto* one) { return keeps(*one, row.second); });
  };
  const auto& entries = table.entries();
  if (std::none_of(entries.begin(), entries.end(), keeps_all))
    throw ConfigError(
        fmt::format("objectives: none of the {} candidates keeps all of the bounds on what is "
                    "known beforehand: {}",
                    table.size(), bounds_text(bounded)));
  const auto allowed = [&](const auto& row) {
    return std::all_of(limits.begin(), limits.end(), [&](const search::CostLimit& limit) {
      const auto found = row.second.known.find(limit.metric);
      return found == row.second.known.end() ||
             (found->second >= limit.least.value_or(found->second) &&
              found->second <= limit.most.value_or(found->second));
    });
  };
  if (std::any_of(entries.begin(), entries.end(), allowed) &&
      std::none_of(entries.begin(), entries.end(),
                   [&](const auto& row) { return allowed(row) && keeps_all(row); }))
    throw ConfigError(
        fmt::format("objectives: none of the candidates within the limits ({}) keeps the bounds on "
                    "what is known beforehand: {}",
                    limits_text(limits), bounds_text(bounded)));
}

}  // namespace

bool is_choice_space(const nn::YamlNode& root) {
  const auto space = root.find("space");
  const auto kind = space && space->is_map() ? space->find("kind") : std::nullopt;
  return kind && kind->choice({"cnn", "choice"}) == "choice";
}

TableConfig read_table_config(const nn::YamlNode& root, const std::filesystem::path& folder) {
  TableConfig config;
  read_choice_space(root.at("space"), config);
  read_evaluator(root.at("evaluator"), folder, config);
  if (const auto limits = root.find("limits")) read_cost_limits(*limits, config);
  return config;
}

LoadedTable load_table(const TableConfig& config, const search::Objectives& objectives,
                       const std::filesystem::path& data_root) {
  const std::filesystem::path file = data_root / config.file;  // an absolute one stays as it is
  if (!std::filesystem::exists(file))
    throw IoError(fmt::format("{}: no such table; --data-root or LAMARCK_DATA say where tables lie",
                              file.string()));
  const search::Slots slots = config.slots();
  const auto table =
      std::make_shared<const search::Table>(search::Table::load(file, config.format, slots));
  for (const auto& objective : objectives.list) {
    if (!objective.maximize) continue;
    double most = -1;
    const auto see = [&](double value) {
      if (std::isfinite(value)) most = std::max(most, value);
    };
    for (const auto& [key, entry] : table->entries()) {
      if (const auto known = entry.known.find(objective.metric); known != entry.known.end())
        see(known->second);
      if (const auto rows = entry.values.find(objective.metric); rows != entry.values.end())
        for (const auto& row : rows->second) std::for_each(row.begin(), row.end(), see);
    }
    if (most > 1)
      throw ConfigError(fmt::format(
          "{}: {} goes up to {:.6g}, but what is maximised has its ideal at 1; give it a scale, "
          "such as 0.01 for percent",
          file.string(), objective.metric, most));
  }
  if (config.epochs > 0 && config.epochs < table->curve_epochs().at(0))
    throw ConfigError(
        fmt::format("{}: epochs: {} are asked for, the first that the table tells of "
                    "is {}",
                    file.string(), config.epochs, table->curve_epochs().at(0)));
  check_bounds(objectives, config.limits, *table);
  search::ChoiceSpaceOptions options;
  for (const auto& start : config.starts) options.starts.push_back(slots.parse(start));
  options.limits = config.limits;
  options.crossing = config.crossing;
  options.costs = [table](const std::string& key) { return table->known(key); };
  options.listed = table->listed(slots);
  return {table, search::make_choice_space(slots, std::move(options)),
          fmt::format("{:016x}", stable_hash(nn::read_file(file, kMostBytes)))};
}

}  // namespace lamarck::experiments
