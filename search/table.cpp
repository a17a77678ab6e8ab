#include "search/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "search/detail/table_file.hpp"

namespace lamarck::search {
namespace {

using detail::Record;
using detail::Values;

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The metric in which two entries differ, or nothing.
std::optional<std::string> difference(const TableEntry& a, const TableEntry& b) {
  const auto differ = [](const std::vector<double>& x, const std::vector<double>& y) {
    return !std::equal(x.begin(), x.end(), y.begin(), y.end(), same);
  };
  for (const auto& [name, value] : a.known)
    if (const auto other = b.known.find(name);
        other == b.known.end() || !same(value, other->second))
      return name;
  for (const auto& [name, rows] : a.values)
    if (const auto other = b.values.find(name);
        other == b.values.end() ||
        !std::equal(rows.begin(), rows.end(), other->second.begin(), other->second.end(),
                    [&](const auto& x, const auto& y) { return !differ(x, y); }))
      return name;
  if (differ(a.seconds, b.seconds)) return "seconds";
  return std::nullopt;
}

// A metric's one value, where it may depend on nothing.
double single(const Values& values, const std::string& where, const std::string& metric) {
  for (const auto& row : values)
    for (const double x : row)
      if (!same(x, values.front().front()))
        throw ConfigError(
            fmt::format("{}: {} is to be known beforehand, but differs between seeds "
                        "or epochs",
                        where, metric));
  return values.front().front();
}

std::vector<double> whole_seconds(const Values& rows, const TableFormat& format,
                                  const TableEntry& entry, const std::string& where) {
  std::vector<double> seconds;
  for (const auto& row : rows) {
    double sum = row.back();
    if (format.seconds_per_epoch)
      sum = row.size() > 1 ? std::accumulate(row.begin(), row.end(), 0.0)
                           : sum * static_cast<double>(entry.epochs());
    if (!std::isfinite(sum) || sum < 0)
      throw ConfigError(fmt::format("{}: {} must be a time, found {}", where, format.seconds, sum));
    seconds.push_back(sum);
  }
  if (seconds.size() > 1 && seconds.size() != entry.seeds())
    throw ConfigError(
        fmt::format("{}: {} times for {} seeds", where, seconds.size(), entry.seeds()));
  return seconds;
}

// All records of one genome, which differ in seed and epoch.
class Gathered {
 public:
  void add(Record record) {
    const std::pair at{record.seed.value_or(0), record.epoch.value_or(0)};
    if (std::isnan(at.first) || std::isnan(at.second))
      throw ConfigError(record.where + ": a seed or epoch that is no number");
    const auto [place, fresh] = records_.try_emplace(at, std::move(record));
    if (!fresh)
      throw ConfigError(fmt::format("{}: the same candidate{} as {}", record.where,
                                    record.seed || record.epoch ? ", seed and epoch" : "",
                                    place->second.where));
  }

  // The least epoch of all; nothing where records name none.
  [[nodiscard]] std::optional<double> first_epoch() const {
    std::optional<double> least;
    for (const auto& [at, record] : records_)
      if (record.epoch) least = std::min(least.value_or(at.second), at.second);
    return least;
  }

  // Learning curves have every epoch from the table's first one on.
  void check_epochs(double first) const {
    const std::pair<double, double>* last = nullptr;
    for (const auto& [at, record] : records_) {
      const bool begins = !last || last->first != at.first;
      if (record.epoch && at.second != (begins ? first : last->second + 1))
        throw ConfigError(fmt::format(
            "{}: epoch {:.6g} {} {:.6g}; a learning curve has every epoch", record.where, at.second,
            begins ? "comes first, others begin with" : "comes after",
            begins ? first : last->second));
      last = &at;
    }
  }

  [[nodiscard]] TableEntry entry(const TableFormat& format) const {
    TableEntry entry;
    const std::string& where = records_.begin()->second.where;
    for (const TableMetric& metric : format.metrics) {
      Values rows = joined([&](const Record& record) -> const Values& {
        return record.values.find(metric.metric)->second;
      });
      for (auto& row : rows)
        for (double& x : row) x *= metric.scale;
      if (metric.known)
        entry.known[metric.metric] = single(rows, where, metric.metric);
      else
        entry.values[metric.metric] = std::move(rows);
    }
    if (!format.seconds.empty())
      entry.seconds = whole_seconds(
          joined([](const Record& record) -> const Values& { return record.seconds; }), format,
          entry, where);
    return entry;
  }

  [[nodiscard]] const std::string& where() const { return records_.begin()->second.where; }

 private:
  // In the order of seeds, and the rows of one seed in the order of epochs.
  template <class Of>
  Values joined(const Of& of) const {
    if (records_.size() == 1) return of(records_.begin()->second);
    Values rows;
    std::optional<double> seed;
    for (const auto& [at, record] : records_) {
      const Values& values = of(record);
      if (values.size() != 1)
        throw ConfigError(record.where + ": several seeds in an entry that is one seed's");
      if (seed != at.first) rows.emplace_back();
      seed = at.first;
      rows.back().insert(rows.back().end(), values.front().begin(), values.front().end());
    }
    return rows;
  }

  std::map<std::pair<double, double>, Record> records_;
};

// Programs count epochs from 1 or from 0; a table that begins later lacks what is asked for first.
void check_epochs(const std::unordered_map<std::string, Gathered>& gathered,
                  const std::filesystem::path& file) {
  std::optional<double> first;
  for (const auto& [key, records] : gathered)
    if (const auto least = records.first_epoch()) first = std::min(first.value_or(*least), *least);
  if (!first) return;
  if (*first != 0 && *first != 1)
    throw ConfigError(fmt::format(
        "{}: the first epoch is {:.6g}; learning curves begin with 1 or 0", file.string(), *first));
  for (const auto& [key, records] : gathered) records.check_epochs(*first);
}

std::string key_of(const Record& record, const Slots& slots) {
  try {
    return slots.text(record.listed ? slots.parse(record.key) : slots.parse(record.key.front()));
  } catch (const ConfigError& error) {
    throw ConfigError(record.where + ": " + error.what());
  }
}

void check(const TableFormat& format) {
  if (format.metrics.empty()) throw ConfigError("table: no metrics are declared");
  for (const TableMetric& metric : format.metrics)
    if (metric.fields.empty())
      throw ConfigError("table: metric " + metric.metric + " has no field");
  if (std::all_of(format.metrics.begin(), format.metrics.end(),
                  [](const TableMetric& metric) { return metric.known; }))
    throw ConfigError("table: every metric is known beforehand, nothing is left to evaluate");
}

}  // namespace

std::size_t TableEntry::seeds() const {
  std::size_t most = 1;
  for (const auto& [name, rows] : values) most = std::max(most, rows.size());
  return most;
}

std::size_t TableEntry::epochs() const {
  std::size_t most = 1;
  for (const auto& [name, rows] : values)
    for (const auto& row : rows) most = std::max(most, row.size());
  return most;
}

Table::Table(const Slots& slots, std::unordered_map<std::string, TableEntry> entries) {
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
    const std::size_t epochs = entry.epochs();
    for (const auto& [name, rows] : entry.values)
      for (const auto& row : rows)
        if (row.size() != 1 && row.size() != epochs)
          throw ConfigError(
              fmt::format("table: entry {}: {} epochs of {} where another seed or "
                          "metric has {}",
                          *text, row.size(), name, epochs));
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
  std::unordered_map<std::string, Gathered> gathered;
  for (Record& record : records) {
    std::string key = key_of(record, slots);
    gathered[std::move(key)].add(std::move(record));
  }
  check_epochs(gathered, file);
  std::unordered_map<std::string, TableEntry> entries;
  for (const auto& [key, records_of] : gathered) entries.emplace(key, records_of.entry(format));
  try {
    return Table{slots, std::move(entries)};
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

std::size_t Table::epochs() const {
  std::size_t longest = 1;
  for (const auto& [key, entry] : entries_) longest = std::max(longest, entry.epochs());
  return longest;
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

namespace {

class TableEvaluator final : public Evaluator {
 public:
  TableEvaluator(std::shared_ptr<const Table> table, TableEvaluatorOptions options)
      : table_{std::move(table)}, options_{options} {}

  std::optional<Result> evaluate(const Candidate& candidate) override {
    const Proposal& proposal = *candidate.proposal;
    const TableEntry* entry = table_->find(proposal.key);
    Result result;
    if (!entry) {
      result.status = Status::failed;
      result.message = "the table has no entry " + proposal.key;
      return result;
    }
    const std::size_t seeds = entry->seeds();
    const std::size_t seed = Random{proposal.seed, "table"}.below(seeds);
    const std::size_t length = entry->epochs();
    // What it was promoted from has been trained already: only what comes on top is paid for.
    const auto before = static_cast<std::size_t>(candidate.epochs_before);
    std::size_t wanted = options_.epochs > 0 ? static_cast<std::size_t>(options_.epochs) : length;
    if (proposal.epochs > 0) wanted = before + static_cast<std::size_t>(proposal.epochs);
    const std::size_t epochs = std::min(length, wanted);
    const auto at = [&](const Values& rows, std::size_t epoch) {
      const auto& row = rows.size() == 1 ? rows.front() : rows[seed];
      return row[std::min(epoch, row.size()) - 1];
    };
    result.metrics = entry->known;
    for (const auto& [name, rows] : entry->values) result.metrics[name] = at(rows, epochs);
    const auto check = [&](const std::string& name) {
      const double value = result.metrics.at(name);
      if (std::isfinite(value) || result.status == Status::diverged) return;
      result.status = Status::diverged;
      result.message = fmt::format("{} is {} in the table", name, value);
    };
    for (const auto& [name, rows] : entry->values) check(name);
    for (const auto& [name, value] : entry->known) check(name);
    if (length > 1)
      for (std::size_t epoch = before + 1; epoch <= epochs; ++epoch) {
        EpochRow row{.epoch = static_cast<int>(epoch)};
        for (const auto& [name, rows] : entry->values) row.metrics[name] = at(rows, epoch);
        result.epochs.push_back(std::move(row));
      }
    if (!entry->seconds.empty())
      result.seconds =
          (entry->seconds.size() == 1 ? entry->seconds.front() : entry->seconds[seed]) *
          static_cast<double>(epochs - std::min(before, epochs)) / static_cast<double>(length);
    return result;
  }

 private:
  std::shared_ptr<const Table> table_;
  TableEvaluatorOptions options_;
};

}  // namespace

std::unique_ptr<Evaluator> make_table_evaluator(std::shared_ptr<const Table> table,
                                                TableEvaluatorOptions options) {
  return std::make_unique<TableEvaluator>(std::move(table), options);
}

}  // namespace lamarck::search
