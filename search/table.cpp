#include "search/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "kernels/error.hpp"
#include "search/detail/table_entries.hpp"

namespace lamarck::search {
namespace {

using detail::Values;

// The metric in which two entries differ, or nothing.
std::optional<std::string> difference(const TableEntry& a, const TableEntry& b) {
  const auto equal_rows = [](const Values& x, const Values& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& row, const auto& of) {
      return std::equal(row.begin(), row.end(), of.begin(), of.end(), detail::same_value);
    });
  };
  for (const auto& [name, value] : a.known)
    if (const auto other = b.known.find(name);
        other == b.known.end() || !detail::same_value(value, other->second))
      return name;
  for (const auto& [name, rows] : a.values)
    if (const auto other = b.values.find(name);
        other == b.values.end() || !equal_rows(rows, other->second))
      return name;
  if (!equal_rows(a.seconds, b.seconds)) return "seconds";
  return std::nullopt;
}

void check(const TableFormat& format) {
  if (format.metrics.empty()) throw ConfigError("table: no metrics are declared");
  for (const TableMetric& metric : format.metrics)
    if (metric.fields.empty())
      throw ConfigError("table: metric " + metric.metric + " has no field");
  if (std::all_of(format.metrics.begin(), format.metrics.end(),
                  [](const TableMetric& metric) { return metric.known; }))
    throw ConfigError("table: every metric is known beforehand, nothing is left to evaluate");
  if (!format.at_epochs.empty() && !format.epoch.empty())
    throw ConfigError("table: epochs are told by a field and by a list");
  static_cast<void>(CurveEpochs{format.at_epochs});
}

}  // namespace

std::size_t TableEntry::seeds() const {
  std::size_t most = 1;
  for (const auto& [name, rows] : values) most = std::max(most, rows.size());
  return most;
}

std::size_t TableEntry::points() const {
  std::size_t most = 1;
  for (const auto& [name, rows] : values)
    for (const auto& row : rows) most = std::max(most, row.size());
  return most;
}

Table::Table(const Slots& slots, std::unordered_map<std::string, TableEntry> entries,
             CurveEpochs curve_epochs)
    : curve_epochs_{std::move(curve_epochs)} {
  // In a fixed order, so that of several mistakes the same one is told each time.
  std::vector<const std::string*> order;
  for (const auto& [text, entry] : entries) order.push_back(&text);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return *a < *b; });
  std::map<std::string, std::string> first;
  for (const std::string* text : order) {
    TableEntry& entry = entries.find(*text)->second;
    const std::size_t seeds = entry.seeds();
    for (const auto& [name, rows] : entry.values)
      if (rows.empty() || (rows.size() != 1 && rows.size() != seeds) ||
          std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.empty(); }))
        throw ConfigError(fmt::format("table: entry {}: {} values of {} for {} seeds", *text,
                                      rows.size(), name, seeds));
    const std::size_t points = entry.points();
    for (const auto& [name, rows] : entry.values)
      for (const auto& row : rows)
        if (row.size() != rows.front().size() || (row.size() != 1 && row.size() != points))
          throw ConfigError(
              fmt::format("table: entry {}: {} epochs of {} where another seed or metric has {}",
                          *text, row.size(), name, points));
    longest_ = std::max(longest_, points);
    std::string key = slots.key(*text);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      first.emplace(key, *text);
      entries_.emplace(std::move(key), std::move(entry));
    } else if (const auto metric = difference(found->second, entry)) {
      throw ConfigError(fmt::format(
          "table: entries {} and {} are the same candidate by the declared slots, but differ in {}",
          first[key], *text, *metric));
    }
  }
}

Table Table::load(const std::filesystem::path& file, const TableFormat& format,
                  const Slots& slots) {
  check(format);
  const std::string extension = file.extension().string();
  if (extension != ".json" && extension != ".csv")
    throw ConfigError(file.string() + ": a table is a .json or a .csv file");
  auto records = extension == ".csv" ? detail::read_csv_table(file, format)
                                     : detail::read_json_table(file, format);
  if (records.empty()) throw ConfigError(file.string() + ": the table has no entry");
  auto entries = detail::table_entries(std::move(records), format, slots);
  try {
    Table table{slots, std::move(entries.by_text), std::move(entries.epochs)};
    if (!format.at_epochs.empty() && table.longest_ != format.at_epochs.size())
      throw ConfigError(
          fmt::format("at_epochs names {} epochs, but the longest learning curve has {} "
                      "value{}; lists that are curves need `over: epochs`",
                      format.at_epochs.size(), table.longest_, table.longest_ == 1 ? "" : "s"));
    return table;
  } catch (const ConfigError& error) {
    throw ConfigError(file.string() + ": " + error.what());
  }
}

std::vector<Genome> Table::listed(const Slots& slots) const {
  std::vector<Genome> all;
  if (static_cast<double>(size()) >= slots.size()) return all;
  all.reserve(size());
  for (const auto& [key, entry] : entries_) all.push_back({key});
  std::sort(all.begin(), all.end());
  return all;
}

const TableEntry* Table::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<Metrics> Table::known(const std::string& key) const {
  const TableEntry* entry = find(key);
  if (!entry) return std::nullopt;
  return entry->known;
}

double Table::mean(const std::string& key, std::string_view metric) const {
  const TableEntry* entry = find(key);
  if (!entry) throw std::invalid_argument("table: no entry " + key);
  if (const auto known = entry->known.find(metric); known != entry->known.end())
    return known->second;
  const auto found = entry->values.find(metric);
  if (found == entry->values.end())
    throw std::invalid_argument("table: no metric " + std::string{metric});
  double sum = 0;
  int finite = 0;
  for (const auto& row : found->second)
    if (std::isfinite(row.back())) {
      sum += row.back();
      ++finite;
    }
  return finite > 0 ? sum / finite : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace lamarck::search
