#include <yaml-cpp/yaml.h>

#include <charconv>

#include "experiments/config/table.hpp"

namespace lamarck::experiments {
namespace {

// The shortest text that reads back as the same double.
std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

// Options and fields may look like numbers or null: quoted, they stay texts.
void text(YAML::Emitter& out, const std::string& value) { out << YAML::DoubleQuoted << value; }
void text(YAML::Emitter& out, const char* key, const std::string& value) {
  out << YAML::Key << key << YAML::Value;
  text(out, value);
}
void texts(YAML::Emitter& out, const char* key, const std::vector<std::string>& values) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const auto& value : values) text(out, value);
  out << YAML::EndSeq;
}
template <class T>
void item(YAML::Emitter& out, const char* key, const T& value) {
  out << YAML::Key << key << YAML::Value << value;
}

void write_space(YAML::Emitter& out, const TableConfig& config) {
  static constexpr const char* kCrossings[]{"uniform", "one_point", "two_point"};
  out << YAML::Key << "space" << YAML::Value << YAML::BeginMap;
  item(out, "kind", "choice");
  if (config.separator) text(out, "separator", *config.separator);
  if (!config.starts.empty()) texts(out, "start", config.starts);
  item(out, "crossover", kCrossings[static_cast<int>(config.crossing)]);
  out << YAML::Key << "slots" << YAML::Value << YAML::BeginSeq;
  for (const auto& group : config.groups) {
    out << YAML::Flow << YAML::BeginMap;
    if (!group.name.empty()) text(out, "name", group.name);
    item(out, "count", group.count);
    texts(out, "options", group.options);
    if (group.identity) text(out, "identity", *group.identity);
    if (group.any_order) item(out, "any_order", true);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
}

void write_evaluator(YAML::Emitter& out, const TableConfig& config) {
  const search::TableFormat& format = config.format;
  out << YAML::Key << "evaluator" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "table" << YAML::Value << YAML::BeginMap;
  text(out, "file", config.file);
  if (!format.entries.empty()) text(out, "entries", format.entries);
  if (!format.key.empty()) texts(out, "key", format.key);
  if (!format.seed.empty()) text(out, "seed", format.seed);
  if (!format.epoch.empty()) text(out, "epoch", format.epoch);
  if (!format.at_epochs.empty())
    out << YAML::Key << "at_epochs" << YAML::Value << YAML::Flow << format.at_epochs;
  if (!format.seconds.empty()) {
    out << YAML::Key << "seconds" << YAML::Value << YAML::Flow << YAML::BeginMap;
    text(out, "field", format.seconds);
    item(out, "per", format.seconds_per_epoch ? "epoch" : "run");
    out << YAML::EndMap;
  }
  out << YAML::Key << "metrics" << YAML::Value << YAML::BeginMap;
  for (const auto& metric : format.metrics) {
    out << YAML::Key << YAML::DoubleQuoted << metric.metric << YAML::Value << YAML::Flow
        << YAML::BeginMap;
    texts(out, "field", metric.fields);
    item(out, "over", metric.over == search::TableMetric::Over::seeds ? "seeds" : "epochs");
    item(out, "scale", shortest(metric.scale));
    item(out, "known", metric.known);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  item(out, "epochs", config.epochs);
  out << YAML::EndMap << YAML::EndMap;
}

}  // namespace

std::string to_yaml(const TableConfig& config) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "limits" << YAML::Value << YAML::BeginMap;
  for (const auto& limit : config.limits) {
    out << YAML::Key << YAML::DoubleQuoted << limit.metric << YAML::Value << YAML::Flow
        << YAML::BeginMap;
    if (limit.least) item(out, "at_least", shortest(*limit.least));
    if (limit.most) item(out, "at_most", shortest(*limit.most));
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  write_space(out, config);
  write_evaluator(out, config);
  out << YAML::EndMap;
  return std::string{out.c_str()} + "\n";
}

}  // namespace lamarck::experiments
