// The history: what was proposed and what came of it. It is a run's only state; everything else
// (population, front, model) is derived from it.
//
// Thread safety: one writer; the driver shows searchers a View from its own thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/space.hpp"

namespace lamarck::search {

struct Proposal {
  std::size_t id = 0;  ///< 0, 1, 2, ... in the order proposed
  Genome genome;
  std::string key;  ///< Space::key: the same for equal candidates
  std::vector<std::size_t> parents = {};
  std::vector<std::string> edits = {};
  std::string origin;  ///< how the searcher came to it: `start`, `random`, `restart`, `exhaustive`,
                       ///< `mutate`, `crossover`, `neighbour`; kRepeat, kPromote
  std::uint64_t seed = 0;  ///< of its training
  int epochs = 0;          ///< of this evaluation alone; 0: the evaluator's own number
  bool operator==(const Proposal&) const = default;
};

/// The origin of a proposal that evaluates a known candidate again, with another seed: it is no
/// duplicate and costs an evaluation.
inline constexpr std::string_view kRepeat = "repeat";
/// The origin of a proposal that trains its one parent, the same candidate, further: from its
/// weights and with its seed.
inline constexpr std::string_view kPromote = "promote";
/// Whether the proposal is of a known candidate on purpose (kRepeat, kPromote).
[[nodiscard]] bool again(const Proposal& proposal);

enum class Status {
  done,
  duplicate,  ///< of an earlier proposal; its metrics are that one's
  rejected,   ///< not trained: breaks a limit, or dismissed()
  diverged,   ///< training went to infinity
  failed      ///< threw, or ran out of memory
};
[[nodiscard]] std::string_view name(Status status);
[[nodiscard]] std::optional<Status> status_named(std::string_view name);

/// One row of a learning curve.
struct EpochRow {
  int epoch = 0;         ///< 0: the quick score after inheritance, before training
  Metrics metrics = {};  ///< train_loss, accuracy, loss, ...
  bool operator==(const EpochRow&) const = default;
};

struct Result {
  Status status = Status::done;
  Metrics metrics = {};  ///< costs included
  std::string message;   ///< why, where it is not done
  std::optional<std::size_t> duplicate_of = {};
  std::vector<EpochRow> epochs = {};
  double seconds = 0;  ///< wall clock; for display only, never for decisions
};

/// The metric taken right after the edits, before training.
inline constexpr std::string_view kQuickScore = "quick_accuracy";
/// Whether the evaluator rejected the candidate after its quick score: it started too badly.
[[nodiscard]] bool dismissed(const Result& result);

/// All proposals and results so far.
class History {
 public:
  [[nodiscard]] std::size_t size() const { return proposals_.size(); }
  [[nodiscard]] const Proposal& proposal(std::size_t id) const { return proposals_.at(id); }
  /// Nothing while it is under way.
  [[nodiscard]] const Result* result(std::size_t id) const;
  /// The first proposal with this key.
  [[nodiscard]] std::optional<std::size_t> find(const std::string& key) const;
  /// Proposals that cost an evaluation: all but duplicates and rejected ones.
  [[nodiscard]] std::size_t evaluations() const { return evaluations(size()); }
  /// The same as far as the results below `results` tell, whatever else is in: a candidate counts
  /// until it is seen to be dismissed.
  [[nodiscard]] std::size_t evaluations(std::size_t results) const;
  /// Their epochs, as far as the proposals say.
  [[nodiscard]] std::size_t epochs() const { return epochs(size()); }
  [[nodiscard]] std::size_t epochs(std::size_t results) const;
  /// Epochs that a candidate had been trained for before this evaluation: those of the ones that it
  /// was promoted from, one after the other.
  [[nodiscard]] int epochs_before(const Proposal& proposal) const;

  /// Makes room for so many proposals at once.
  void reserve(std::size_t proposals);
  /// \throws std::invalid_argument unless proposal.id == size()
  void add(Proposal proposal);
  /// \throws std::invalid_argument for an unknown id or a second result
  void add(std::size_t id, Result result);
  /// Renumbers open proposals, for a history in the order of finishing: `from` becomes `to`, those
  /// from `to` on up to it become one more. Linear in their number. \throws std::invalid_argument
  /// unless to <= from < size() and none of them has a result
  void move(std::size_t from, std::size_t to);

 private:
  [[nodiscard]] std::size_t place(const std::string& key) const;
  void make_room(std::size_t proposals);

  std::vector<Proposal> proposals_;
  std::vector<std::optional<Result>> results_;
  /// The first proposal of every key, at the place that its hash leads to or the next that is free:
  /// a table that is at most half full. Others are kNone.
  std::vector<std::size_t> first_;
  MetricNames names_;
  /// Known when a proposal is made, so that budgets do not depend on timing: the first of its key
  /// counts, until it is rejected, and so does each one made again().
  std::size_t evaluations_ = 0, epochs_ = 0;
  std::vector<std::size_t> dismissed_;  // ids, ascending; no more in either number
};

/// What a searcher sees when it makes proposal i: all proposals below i, and the results of those
/// below i - lookahead, exactly: never more, whatever has finished. This is what makes runs equal
/// for any number of workers.
class View {
 public:
  View(const History& history, std::size_t proposals, std::size_t results)
      : history_{&history}, proposals_{proposals}, results_{results} {}
  [[nodiscard]] std::size_t proposals() const { return proposals_; }
  [[nodiscard]] std::size_t results() const {
    return results_;
  }  ///< ids below this have a visible result
  [[nodiscard]] const Proposal& proposal(std::size_t id) const { return history_->proposal(id); }
  /// \pre id < results()
  [[nodiscard]] const Result& result(std::size_t id) const { return *history_->result(id); }
  /// Proposed before (finished or not).
  [[nodiscard]] bool known(const std::string& key) const { return first(key).has_value(); }
  /// The first proposal with this key.
  [[nodiscard]] std::optional<std::size_t> first(const std::string& key) const;

 private:
  const History* history_;
  std::size_t proposals_, results_;
};

}  // namespace lamarck::search
