#include "search/table_evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/random.hpp"

namespace lamarck::search {
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
    const int length = table_->curve_epochs().at(entry->points() - 1);
    // What it was promoted from has been trained already: only what comes on top is paid for.
    const int before = candidate.epochs_before;
    int wanted = options_.epochs > 0 ? options_.epochs : length;
    if (proposal.epochs > 0) wanted = before + proposal.epochs;
    const int epochs = std::min(length, wanted);
    const std::size_t points = table_->curve_epochs().points(epochs);
    if (points == 0) {
      result.status = Status::failed;
      result.message = fmt::format("the table tells nothing of it before epoch {}",
                                   table_->curve_epochs().at(0));
      return result;
    }
    const auto at = [&](const std::vector<std::vector<double>>& rows, std::size_t point) {
      const auto& row = rows.size() == 1 ? rows.front() : rows[seed];
      return row[std::min(point, row.size() - 1)];
    };
    result.metrics = entry->known;
    for (const auto& [name, rows] : entry->values) result.metrics[name] = at(rows, points - 1);
    const auto check = [&](const std::string& name) {
      const double value = result.metrics.at(name);
      if (std::isfinite(value) || result.status == Status::diverged) return;
      result.status = Status::diverged;
      result.message = fmt::format("{} is {} in the table", name, value);
    };
    for (const auto& [name, rows] : entry->values) check(name);
    for (const auto& [name, value] : entry->known) check(name);
    if (table_->has_curves())
      for (std::size_t point = table_->curve_epochs().points(before); point < points; ++point) {
        EpochRow row{.epoch = table_->curve_epochs().at(point)};
        for (const auto& [name, rows] : entry->values) row.metrics[name] = at(rows, point);
        result.epochs.push_back(std::move(row));
      }
    if (!entry->seconds.empty()) {
      const auto& spent =
          entry->seconds.size() == 1 ? entry->seconds.front() : entry->seconds[seed];
      result.seconds =
          seconds_by(spent, epochs, length) - seconds_by(spent, std::min(before, epochs), length);
    }
    return result;
  }

 private:
  // Between two points time passes evenly, as it does where only that of the whole is known.
  [[nodiscard]] double seconds_by(const std::vector<double>& spent, int epochs, int length) const {
    if (spent.size() == 1) return spent.front() * epochs / length;
    const CurveEpochs& curve = table_->curve_epochs();
    const std::size_t next = curve.points(epochs);  // the first that is not reached
    const double before = next > 0 ? spent[next - 1] : 0;
    if (next >= spent.size()) return before;
    const int from = next > 0 ? curve.at(next - 1) : 0;
    return before + (spent[next] - before) * (epochs - from) / (curve.at(next) - from);
  }

  std::shared_ptr<const Table> table_;
  TableEvaluatorOptions options_;
};

}  // namespace

std::unique_ptr<Evaluator> make_table_evaluator(std::shared_ptr<const Table> table,
                                                TableEvaluatorOptions options) {
  return std::make_unique<TableEvaluator>(std::move(table), options);
}

}  // namespace lamarck::search
