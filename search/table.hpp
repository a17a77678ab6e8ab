// A table of candidates that have been evaluated before: searches on it take milliseconds, and what
// the best candidate is worth is known. docs/tables.md describes the files.
//
// Thread safety: immutable after reading.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "search/curve_epochs.hpp"
#include "search/history.hpp"
#include "search/slots.hpp"

namespace lamarck::search {

/// Where a table file has a metric.
struct TableMetric {
  std::string metric;               ///< the name it gets here: `accuracy`
  std::vector<std::string> fields;  ///< where it stands
  /// What several fields, or a list in one, run over. A list of lists is seeds, then epochs.
  enum class Over { seeds, epochs } over = Over::seeds;
  double scale = 1;    ///< what is read is multiplied by this: 0.01 for percent
  bool known = false;  ///< before the candidate is evaluated, as costs are
  bool operator==(const TableMetric&) const = default;
};

/// How a table file is to be read. In JSON, a field within a field is written `outer.inner`.
struct TableFormat {
  std::string entries = {};  ///< JSON: the field that holds them; empty: the whole file
  /// Fields that name the candidate: one that holds a genome's text (or, in JSON, a list of
  /// options), or one a slot. Empty: entries are a JSON object by genome.
  std::vector<std::string> key = {};
  std::vector<TableMetric> metrics;
  std::string seed = {};   ///< field with the seed, where each seed is an entry of its own
  std::string epoch = {};  ///< field with the epoch, where each epoch is an entry of its own
  /// The epochs that the values of learning curves in lists were recorded after, ascending; empty:
  /// after every one. Epochs in a field say so themselves.
  std::vector<int> at_epochs = {};
  std::string seconds = {};        ///< field with the time of an evaluation; a list is one a seed
  bool seconds_per_epoch = false;  ///< else for all epochs together
  bool operator==(const TableFormat&) const = default;
};

/// What is known of one candidate.
struct TableEntry {
  Metrics known = {};  ///< before it is evaluated
  /// By metric, [seed][point of the learning curve]; one point where there is no curve, one seed
  /// where the metric does not depend on it.
  std::map<std::string, std::vector<std::vector<double>>, std::less<>> values = {};
  /// [seed][point]: the time spent by then; one point: of the whole evaluation, of which a part
  /// takes its share of the epochs. Empty: unknown.
  std::vector<std::vector<double>> seconds = {};
  [[nodiscard]] std::size_t seeds() const;
  /// Of the learning curve; 1 where there is none.
  [[nodiscard]] std::size_t points() const;
};

class Table {
 public:
  /// Keys become canonical. \param curve_epochs of the curves of all entries, of which some may end
  /// early. \pre no curve has more points than there are epochs. \throws ConfigError for two
  /// genomes that mean the same candidate and differ in what is known of it; for seeds or epochs
  /// that differ in number within an entry
  Table(const Slots& slots, std::unordered_map<std::string, TableEntry> entries,
        CurveEpochs curve_epochs = CurveEpochs{});
  /// Reads a `.json` or `.csv` file. \throws IoError where it cannot be read or is cut short;
  /// ConfigError where it is not what `format` says: a missing field, a key twice, a genome that is
  /// none of `slots`, a value that is no number, a negative or infinite time, no entry at all. Each
  /// message names the entry or line.
  [[nodiscard]] static Table load(const std::filesystem::path& file, const TableFormat& format,
                                  const Slots& slots);

  /// By canonical text; null where the table has no such candidate.
  [[nodiscard]] const TableEntry* find(const std::string& key) const;
  /// What is known of a candidate beforehand; nothing where the table has no such candidate.
  [[nodiscard]] std::optional<Metrics> known(const std::string& key) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// For ChoiceSpaceOptions::listed: all candidates, in order, where the table lacks some that
  /// `slots` can name; else empty.
  [[nodiscard]] std::vector<Genome> listed(const Slots& slots) const;
  /// Of the longest learning curve; 1 where there are none.
  [[nodiscard]] int epochs() const { return curve_epochs_.at(longest_ - 1); }
  /// Whether any candidate's training was recorded before its end.
  [[nodiscard]] bool has_curves() const { return longest_ > 1; }
  /// After which the points of the learning curves were recorded.
  [[nodiscard]] const CurveEpochs& curve_epochs() const { return curve_epochs_; }
  [[nodiscard]] const std::unordered_map<std::string, TableEntry>& entries() const {
    return entries_;
  }
  /// The last epoch's value, averaged over the seeds that did not diverge; NaN where all did.
  /// \throws std::invalid_argument for an unknown candidate or metric
  [[nodiscard]] double mean(const std::string& key, std::string_view metric) const;

 private:
  std::unordered_map<std::string, TableEntry> entries_;
  CurveEpochs curve_epochs_;
  std::size_t longest_ = 1;  // points of a curve
};

}  // namespace lamarck::search
