#include "search/detail/table_entries.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "kernels/error.hpp"

namespace lamarck::search::detail {
namespace {

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

// By seed, what has been spent at each point of the curve; one time where only that of the whole is
// known.
Values spent_seconds(Values rows, const TableFormat& format, const TableEntry& entry,
                     const CurveEpochs& epochs, const std::string& where) {
  if (rows.size() > 1 && rows.size() != entry.seeds())
    throw ConfigError(fmt::format("{}: {} times for {} seeds", where, rows.size(), entry.seeds()));
  for (auto& row : rows) {
    if (row.size() != 1 && row.size() != entry.points())
      throw ConfigError(fmt::format("{}: {} times of {} for a learning curve of {} values", where,
                                    row.size(), format.seconds, entry.points()));
    for (const double x : row)
      if (!std::isfinite(x) || x < 0)
        throw ConfigError(fmt::format("{}: {} must be a time, found {}", where, format.seconds, x));
    if (!format.seconds_per_epoch) {
      row = {row.back()};
    } else if (row.size() == 1) {
      row.front() *= epochs.at(entry.points() - 1);
    } else {  // each is the time of one of the epochs since the point before
      double spent = 0;
      for (std::size_t i = 0; i < row.size(); ++i) {
        spent += row[i] * (epochs.at(i) - (i > 0 ? epochs.at(i - 1) : 0));
        row[i] = spent;
      }
    }
  }
  return rows;
}

// By epoch, a record that has it.
using EpochPlaces = std::map<int, std::string>;

// All records of one genome, which differ in seed and epoch.
class Gathered {
 public:
  void add(Record record) {
    const std::pair at{record.seed.value_or(0), record.epoch.value_or(0)};
    if (std::isnan(at.first) || std::isnan(at.second))
      throw ConfigError(record.where + ": a seed or epoch that is no number");
    if (at.second < 0 || at.second > kMostEpochs || at.second != std::floor(at.second))
      throw ConfigError(fmt::format("{}: {:.6g} is no epoch", record.where, at.second));
    if (record.epoch) check_one_epoch(record);
    const auto [place, fresh] = records_.try_emplace(at, std::move(record));
    if (!fresh)
      throw ConfigError(fmt::format("{}: the same candidate{} as {}", record.where,
                                    record.seed || record.epoch ? ", seed and epoch" : "",
                                    place->second.where));
  }

  void add_epochs(EpochPlaces& epochs) const {
    for (const auto& [at, record] : records_)
      if (record.epoch) epochs.try_emplace(static_cast<int>(at.second), record.where);
  }

  // A learning curve may end before others do, but has all epochs until then.
  void check_epochs(const EpochPlaces& all) const {
    std::optional<double> seed;
    auto next = all.begin();
    for (const auto& [at, record] : records_) {
      if (!record.epoch) continue;
      if (seed != at.first) next = all.begin();
      seed = at.first;
      const auto& [epoch, place] = *next++;
      if (at.second != epoch)
        throw ConfigError(fmt::format("{}: epoch {:.6g}, but no epoch {} before it, as in {}",
                                      record.where, at.second, epoch, place));
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
      if (metric.known)
        entry.known[metric.metric] = single(rows, where, metric.metric);
      else
        entry.values[metric.metric] = std::move(rows);
    }
    if (entry.points() > epochs.most_points())
      throw ConfigError(fmt::format("{}: a learning curve of {} values for {} epochs", where,
                                    entry.points(), epochs.most_points()));
    if (!format.seconds.empty())
      entry.seconds = spent_seconds(
          joined([](const Record& record) -> const Values& { return record.seconds; }), format,
          entry, epochs, where);
    return entry;
  }

 private:
  static void check_one_epoch(const Record& record) {
    const auto check = [&](const Values& rows, const std::string& what) {
      for (const auto& row : rows)
        if (row.size() > 1)
          throw ConfigError(fmt::format("{}: {} has {} values where every epoch is an entry",
                                        record.where, what, row.size()));
    };
    for (const auto& [metric, rows] : record.values) check(rows, metric);
    check(record.seconds, "the time");
  }

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
CurveEpochs recorded_epochs(const std::map<std::string, Gathered>& gathered) {
  EpochPlaces all;
  for (const auto& [key, records] : gathered) records.add_epochs(all);
  for (const auto& [key, records] : gathered) records.check_epochs(all);
  const int shift = all.count(0) > 0 ? 1 : 0;
  std::vector<int> epochs;
  for (const auto& [epoch, place] : all) epochs.push_back(epoch + shift);
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

TableEntries table_entries(std::vector<Record> records, const TableFormat& format,
                           const Slots& slots) {
  std::map<std::string, Gathered> gathered;  // in order, as mistakes are told
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
