#include "search/detail/table_entries.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "kernels/error.hpp"

namespace lamarck::search::detail {
namespace {

constexpr int kMostEpochs = 1'000'000;

// A metric's one value, where it may depend on nothing.
double single(const Values& values, const std::string& where, const std::string& metric) {
  for (const auto& row : values)
    for (const double x : row)
      if (!same_value(x, values.front().front()))
        throw ConfigError(
            fmt::format("{}: {} is to be known beforehand, but differs between seeds "
                        "or epochs",
                        where, metric));
  return values.front().front();
}

void check_points(const Values& rows, const CurveEpochs& epochs, const std::string& where,
                  const std::string& what) {
  for (const auto& row : rows)
    if (row.size() > epochs.most_points())
      throw ConfigError(fmt::format("{}: {} values of {} for {} epochs", where, row.size(), what,
                                    epochs.most_points()));
}

// Times of one epoch each, as they stood when the points were recorded: what all epochs took.
double summed(const std::vector<double>& row, std::size_t points, const CurveEpochs& epochs) {
  if (row.size() == 1) return row.front() * epochs.at(points - 1);
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    sum += row[i] * (epochs.at(i) - (i > 0 ? epochs.at(i - 1) : 0));
  return sum;
}

std::vector<double> whole_seconds(const Values& rows, const TableFormat& format,
                                  const TableEntry& entry, const CurveEpochs& epochs,
                                  const std::string& where) {
  std::vector<double> seconds;
  for (const auto& row : rows) {
    const double sum = format.seconds_per_epoch ? summed(row, entry.points(), epochs) : row.back();
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
    if (at.second < 0 || at.second > kMostEpochs || at.second != std::floor(at.second))
      throw ConfigError(fmt::format("{}: {:.6g} is no epoch", record.where, at.second));
    const auto [place, fresh] = records_.try_emplace(at, std::move(record));
    if (!fresh)
      throw ConfigError(fmt::format("{}: the same candidate{} as {}", record.where,
                                    record.seed || record.epoch ? ", seed and epoch" : "",
                                    place->second.where));
  }

  void add_epochs(std::set<int>& epochs) const {
    for (const auto& [at, record] : records_)
      if (record.epoch) epochs.insert(static_cast<int>(at.second));
  }

  // A learning curve may end before others do, but has all epochs until then.
  void check_epochs(const std::set<int>& all) const {
    std::optional<double> seed;
    auto next = all.begin();
    for (const auto& [at, record] : records_) {
      if (!record.epoch) continue;
      if (seed != at.first) next = all.begin();
      seed = at.first;
      if (const int epoch = *next++; at.second != epoch)
        throw ConfigError(
            fmt::format("{}: epoch {:.6g}, but epoch {} is missing before it, which others have",
                        record.where, at.second, epoch));
    }
  }

  [[nodiscard]] TableEntry entry(const TableFormat& format, const CurveEpochs& epochs) const {
    TableEntry entry;
    const std::string& where = records_.begin()->second.where;
    for (const TableMetric& metric : format.metrics) {
      Values rows = joined([&](const Record& record) -> const Values& {
        return record.values.find(metric.metric)->second;
      });
      for (auto& row : rows)
        for (double& x : row) x *= metric.scale;
      check_points(rows, epochs, where, metric.metric);
      if (metric.known)
        entry.known[metric.metric] = single(rows, where, metric.metric);
      else
        entry.values[metric.metric] = std::move(rows);
    }
    if (!format.seconds.empty()) {
      const Values rows =
          joined([](const Record& record) -> const Values& { return record.seconds; });
      check_points(rows, epochs, where, format.seconds);
      entry.seconds = whole_seconds(rows, format, entry, epochs, where);
    }
    return entry;
  }

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

// The epochs that records name, which are those of every curve. Programs count from 1 or from 0,
// the end of the first epoch.
CurveEpochs recorded_epochs(const std::unordered_map<std::string, Gathered>& gathered) {
  std::set<int> all;
  for (const auto& [key, records] : gathered) records.add_epochs(all);
  for (const auto& [key, records] : gathered) records.check_epochs(all);
  const int shift = all.count(0) > 0 ? 1 : 0;
  std::vector<int> epochs;
  for (const int epoch : all) epochs.push_back(epoch + shift);
  return CurveEpochs{std::move(epochs)};
}

std::string key_of(const Record& record, const Slots& slots) {
  try {
    return slots.text(record.listed ? slots.parse(record.key) : slots.parse(record.key.front()));
  } catch (const ConfigError& error) {
    throw ConfigError(record.where + ": " + error.what());
  }
}

}  // namespace

bool same_value(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TableEntries table_entries(std::vector<Record> records, const TableFormat& format,
                           const Slots& slots) {
  std::unordered_map<std::string, Gathered> gathered;
  for (Record& record : records) {
    std::string key = key_of(record, slots);
    gathered[std::move(key)].add(std::move(record));
  }
  TableEntries entries{.by_text = {}, .epochs = CurveEpochs{format.at_epochs}};
  if (!format.epoch.empty()) entries.epochs = recorded_epochs(gathered);
  for (const auto& [key, records_of] : gathered)
    entries.by_text.emplace(key, records_of.entry(format, entries.epochs));
  return entries;
}

}  // namespace lamarck::search::detail
