#include "search/detail/read_history.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "kernels/error.hpp"

namespace lamarck::search::detail {
namespace {

IoError damaged(const Database& database, const char* what, std::int64_t id) {
  return IoError(database.file() + ": damaged: " + what + " " + std::to_string(id));
}

// Rows of a table that belong to proposals, in the order of these.
class Rows {
 public:
  /// `what`: what a row is called in errors.
  Rows(Database& database, const char* sql, const char* what)
      : database_{&database}, row_{database, sql}, what_{what}, more_{row_.step()} {}

  /// Calls `take` with each row of this proposal. Proposals are asked for in ascending order.
  template <class Take>
  void of(std::size_t id, const Take& take) {
    for (; more_ && owner() <= static_cast<std::int64_t>(id); more_ = row_.step()) {
      if (owner() != static_cast<std::int64_t>(id)) fail();
      take(std::as_const(row_));
    }
  }
  /// \throws IoError where rows are left
  void end() const {
    if (more_) fail();
  }

 private:
  [[nodiscard]] std::int64_t owner() const { return row_.integer(0); }
  [[noreturn]] void fail() const { throw damaged(*database_, what_, owner()); }

  Database* database_;
  Statement row_;
  const char* what_;
  bool more_;
};

// Metrics from rows in the order of names.
class MetricsReader {
 public:
  void add(const Statement& row, int name, int value) {
    if (used_ == names_.size()) names_.emplace_back();
    names_[used_++] = row.view(name);
    values_.push_back(row.real(value));
  }
  Metrics take() {
    names_.resize(used_);
    Metrics metrics;
    if (used_ > 0) metrics = {lists_.shared(names_), values_};
    used_ = 0;
    values_.clear();
    return metrics;
  }

 private:
  MetricNames lists_;
  Metrics::Names names_;  // of those being read
  std::vector<double> values_;
  std::size_t used_ = 0;
};

class HistoryReader {
 public:
  explicit HistoryReader(Database& database) : database_{&database} {}

  History read() {
    History history;
    Statement count{*database_, "SELECT count(*) FROM proposals"};
    // A run that goes on soon has more.
    if (count.step()) history.reserve(static_cast<std::size_t>(count.integer(0) * 9 / 8));
    Statement schema{*database_, "PRAGMA user_version"};
    schema.step();
    // Runs of schema 1 knew no epochs of their own for a candidate.
    Statement row{*database_,
                  schema.integer(0) < 2
                      ? "SELECT id, genome, key, origin, seed, 0 FROM proposals ORDER BY id"
                      : "SELECT id, genome, key, origin, seed, epochs FROM proposals ORDER BY id"};
    while (row.step()) {
      const std::size_t id = history.size();
      if (row.integer(0) != static_cast<std::int64_t>(id)) fail("there is no proposal", id);
      history.add(proposal(id, row));
      if (auto result = result_of(id)) history.add(id, std::move(*result));
    }
    for (const Rows* rows : {&parents_, &edits_, &results_, &metrics_, &epochs_}) rows->end();
    return history;
  }

 private:
  Proposal proposal(std::size_t id, const Statement& row) {
    Proposal proposal{.id = id,
                      .genome = {row.text(1)},
                      .key = row.text(2),
                      .origin = row.text(3),
                      .seed = static_cast<std::uint64_t>(row.integer(4)),
                      .epochs = static_cast<int>(row.integer(5))};
    parents_.of(id, [&](const Statement& parent) {
      proposal.parents.push_back(earlier(parent.integer(1), id, "no earlier parent of proposal"));
    });
    edits_.of(id, [&](const Statement& edit) { proposal.edits.push_back(edit.text(1)); });
    if (proposal.epochs < 0 || (proposal.origin == kPromote && proposal.parents.size() != 1))
      fail("epochs or parents that cannot be, of proposal", id);
    return proposal;
  }

  std::optional<Result> result_of(std::size_t id) {
    std::optional<Result> result;
    results_.of(id, [&](const Statement& row) {
      const auto status = status_named(row.text(1));
      if (!status) throw IoError(database_->file() + ": damaged: unknown status " + row.text(1));
      result = Result{.status = *status, .message = row.text(2), .seconds = row.real(4)};
      if (!row.is_null(3))
        result->duplicate_of = earlier(row.integer(3), id, "no earlier original of proposal");
    });
    if (!result) return result;  // what it has all the same shows at the next proposal
    metrics_.of(id, [&](const Statement& row) { numbers_.add(row, 1, 2); });
    result->metrics = numbers_.take();
    epochs_.of(id, [&](const Statement& row) {
      auto& epochs = result->epochs;
      const auto position = static_cast<std::size_t>(row.integer(1));
      if (position > epochs.size()) fail("no such epoch of result", id);
      if (position == epochs.size()) {
        if (position > 0) epochs.back().metrics = numbers_.take();
        epochs.push_back({.epoch = static_cast<int>(row.integer(2))});
      }
      if (!row.text(3).empty()) numbers_.add(row, 3, 4);
    });
    if (!result->epochs.empty()) result->epochs.back().metrics = numbers_.take();
    return result;
  }

  // Parents and originals come before their children and duplicates: no lineage has a cycle.
  [[nodiscard]] std::size_t earlier(std::int64_t other, std::size_t id, const char* what) const {
    if (other < 0 || static_cast<std::size_t>(other) >= id) fail(what, id);
    return static_cast<std::size_t>(other);
  }

  [[noreturn]] void fail(const char* what, std::size_t id) const {
    throw damaged(*database_, what, static_cast<std::int64_t>(id));
  }

  Database* database_;
  Rows parents_{*database_, "SELECT proposal, parent FROM parents ORDER BY proposal, position",
                "a parent of no proposal"};
  Rows edits_{*database_, "SELECT proposal, edit FROM edits ORDER BY proposal, position",
              "an edit of no proposal"};
  Rows results_{*database_,
                "SELECT proposal, status, message, duplicate_of, seconds FROM results "
                "ORDER BY proposal",
                "a result of no proposal"};
  Rows metrics_{*database_, "SELECT proposal, name, value FROM metrics ORDER BY proposal, name",
                "a metric of no result"};
  Rows epochs_{*database_,
               "SELECT proposal, position, epoch, name, value FROM epochs "
               "ORDER BY proposal, position, name",
               "an epoch of no result"};
  MetricsReader numbers_;
};

}  // namespace

History read_history(Database& database) {
  database.execute("BEGIN");
  History history = HistoryReader{database}.read();
  database.execute("COMMIT");
  return history;
}

}  // namespace lamarck::search::detail
