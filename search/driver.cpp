#include "search/driver.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "search/detail/executor.hpp"
#include "search/detail/proposing.hpp"
#include "search/detail/stall.hpp"
#include "search/growing_front.hpp"

namespace lamarck::search {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{50};

class Run {
 public:
  Run(const Space& space, Searcher& searcher, Evaluator& evaluator, const Objectives& objectives,
      Journal& journal, History& history, const DriverOptions& options, const DriverHooks& hooks)
      : space_{space},
        searcher_{searcher},
        evaluator_{evaluator},
        front_{objectives},
        journal_{journal},
        history_{history},
        options_{options},
        hooks_{hooks},
        executor_{options.workers, options.threads} {
    if (options.stalled > 0) stall_.emplace(objectives, options.stalled);
  }

  ~Run() { cancelled_ = true; }  // before the executor waits for its jobs

  DriverEnd go() {
    const auto began = Clock::now();
    while (first_open_ < history_.size() && history_.result(first_open_)) ++first_open_;
    for (std::size_t id = history_.size(); id-- > 0 && costs_nothing(id);) ++free_in_a_row_;
    for (std::size_t id = first_open_; id < history_.size(); ++id)
      if (!history_.result(id)) settle_or_submit(id);
    std::optional<DriverEnd> end;
    while (!end || executor_.pending() > 0) {
      if (hooks_.stop && hooks_.stop()) return interrupted();
      if (!end && options_.minutes > 0 &&
          Clock::now() - began > std::chrono::duration<double>(60 * options_.minutes))
        end = DriverEnd{Stop::time, "the time limit is reached"};
      while (!end && may_propose()) end = propose();
      if (end && executor_.pending() == 0) break;
      if (auto done = executor_.wait(kPatience)) {
        if (done->error) std::rethrow_exception(done->error);
        if (done->result) finish(done->id, std::move(*done->result));
      }
    }
    return *end;
  }

 private:
  // Ids below this are visible to proposal `id`.
  [[nodiscard]] std::size_t view_results(std::size_t id) const {
    return id > options_.lookahead ? id - options_.lookahead : 0;
  }

  // All results below `id` are in.
  [[nodiscard]] bool complete_below(std::size_t id) const { return first_open_ >= id; }

  [[nodiscard]] bool may_propose() const {
    return complete_below(waiting_ ? history_.size() : view_results(history_.size()));
  }

  // One proposal, or the reason why there are no more.
  std::optional<DriverEnd> propose() {
    const std::size_t id = history_.size();
    const View view{history_, id, waiting_ ? id : view_results(id)};
    if (auto end = detail::spent(history_, view.results(), {options_.evaluations, options_.epochs},
                                 free_in_a_row_))
      return end;
    if (stall_ && stall_->reached(history_, view.results()))
      return DriverEnd{Stop::stalled, "the last " + std::to_string(options_.stalled) +
                                          " evaluations gained next to nothing"};
    auto next = detail::next_proposal(space_, searcher_, view, options_.seed, options_.epochs_each);
    if (auto* end = std::get_if<DriverEnd>(&next)) return std::move(*end);
    waiting_ = std::holds_alternative<Wait>(next);
    if (waiting_) return std::nullopt;
    auto& proposal = std::get<Proposal>(next);
    journal_.append(proposal);
    history_.add(std::move(proposal));
    free_in_a_row_ = settle_or_submit(id) ? free_in_a_row_ + 1 : 0;
    return std::nullopt;
  }

  [[nodiscard]] bool costs_nothing(std::size_t id) const {
    const Proposal& proposal = history_.proposal(id);
    return detail::is_duplicate(history_, proposal) || space_.violation(proposal.genome);
  }

  // True when the proposal costs nothing: it breaks a limit, or is known.
  bool settle_or_submit(std::size_t id) {
    const Proposal& proposal = history_.proposal(id);
    if (detail::is_duplicate(history_, proposal)) {
      const std::size_t first = *history_.find(proposal.key);
      if (const Result* original = history_.result(first))
        record(id, detail::duplicate(first, *original));
      else
        waiting_duplicates_[first].push_back(id);
      return true;
    }
    if (auto rejected = detail::rejection(space_, proposal)) {
      record(id, std::move(*rejected));
      return true;
    }
    submit(id);
    return false;
  }

  void submit(std::size_t id) {
    // Workers must not look into the history, which moves: they get copies.
    struct Given {
      Proposal proposal;
      Candidate candidate;
      Metrics costs;
    };
    auto given = std::make_shared<Given>();
    given->proposal = history_.proposal(id);
    given->costs = space_.costs(given->proposal.genome);
    Candidate& candidate = given->candidate;
    candidate.proposal = &given->proposal;
    for (const std::size_t parent : given->proposal.parents) {
      // A duplicate's weights are those of the candidate it equals.
      const Result* result = history_.result(parent);
      const std::size_t holder = result && result->duplicate_of ? *result->duplicate_of : parent;
      candidate.parent_weights.push_back(journal_.weights_path(holder));
      candidate.parent_genomes.push_back(history_.proposal(holder).genome);
    }
    candidate.epochs_before = history_.epochs_before(given->proposal);
    candidate.weights = journal_.weights_path(id);
    candidate.on_progress = hooks_.on_progress;
    candidate.cancelled = [this] { return cancelled_.load(std::memory_order_relaxed); };
    executor_.submit(id, [this, given]() -> std::optional<Result> {
      if (cancelled_) return std::nullopt;
      if (hooks_.on_start) hooks_.on_start(given->proposal);
      const auto began = Clock::now();
      auto result = detail::evaluated(evaluator_, given->candidate, given->costs);
      if (!result) return result;
      result->seconds = std::chrono::duration<double>(Clock::now() - began).count();
      return result;
    });
  }

  void finish(std::size_t id, Result result) {
    record(id, std::move(result));
    if (const auto found = waiting_duplicates_.find(id); found != waiting_duplicates_.end()) {
      const std::vector<std::size_t> duplicates = std::move(found->second);
      waiting_duplicates_.erase(found);
      for (const std::size_t one : duplicates)
        record(one, detail::duplicate(id, *history_.result(id)));
    }
    drop_weights();
  }

  void record(std::size_t id, Result result) {
    journal_.append(id, result);
    history_.add(id, std::move(result));
    while (first_open_ < history_.size() && history_.result(first_open_)) ++first_open_;
    if (hooks_.on_result) hooks_.on_result(id, *history_.result(id), history_);
  }

  // Keeps what a later proposal, a candidate under way or the front may need.
  void drop_weights() {
    // Only results that the next proposal will see can be judged; later ones stay.
    const std::size_t next = std::min(view_results(history_.size()), first_open_);
    const View view{history_, history_.size(), next};
    std::set<std::size_t> keep;
    const auto keep_one = [&](std::size_t id) {
      keep.insert(id);
      if (const Result* result = history_.result(id); result && result->duplicate_of)
        keep.insert(*result->duplicate_of);
    };
    for (const std::size_t id : searcher_.possible_parents(view)) keep_one(id);
    front_.update(View{history_, history_.size(), first_open_});
    for (const std::size_t id : front_.ids()) keep_one(id);
    for (std::size_t id = next; id < history_.size(); ++id) {
      keep_one(id);
      if (!history_.result(id))
        for (const std::size_t parent : history_.proposal(id).parents) keep_one(parent);
    }
    journal_.keep_weights({keep.begin(), keep.end()});
  }

  DriverEnd interrupted() {
    cancelled_ = true;
    while (executor_.pending() > 0) static_cast<void>(executor_.wait(kPatience));
    return {Stop::interrupted, "stopped on request"};
  }

  const Space& space_;
  Searcher& searcher_;
  Evaluator& evaluator_;
  GrowingFront front_;
  Journal& journal_;
  History& history_;
  const DriverOptions options_;
  const DriverHooks& hooks_;

  std::optional<detail::Stall> stall_;
  std::size_t first_open_ = 0;  // the lowest id without a result
  std::size_t free_in_a_row_ = 0;
  bool waiting_ = false;  // the searcher wants to see every result before it goes on
  std::map<std::size_t, std::vector<std::size_t>> waiting_duplicates_;
  std::atomic<bool> cancelled_{false};
  detail::Executor executor_;  // last: its jobs use all of the above
};

}  // namespace

DriverEnd drive(const Space& space, Searcher& searcher, Evaluator& evaluator,
                const Objectives& objectives, Journal& journal, History& history,
                const DriverOptions& options, const DriverHooks& hooks) {
  if (options.workers < 1)
    throw std::invalid_argument("drive: workers must be at least 1, got " +
                                std::to_string(options.workers));
  if (static_cast<std::size_t>(options.workers) > options.lookahead)
    throw std::invalid_argument("drive: " + std::to_string(options.workers) +
                                " workers need a lookahead of as many, got " +
                                std::to_string(options.lookahead));
  return Run{space, searcher, evaluator, objectives, journal, history, options, hooks}.go();
}

}  // namespace lamarck::search
