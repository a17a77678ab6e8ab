#include "search/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <queue>
#include <stdexcept>
#include <utility>

#include "search/detail/proposing.hpp"

namespace lamarck::search {
namespace {

// A candidate on a simulated worker. `number` counts proposals as they are made; the id may differ,
// where ids follow the order of finishing.
struct Running {
  double ends = 0;
  std::size_t number = 0;
  Result result;
};
// The first to finish on top; of several, the first proposed.
struct Later {
  bool operator()(const Running& a, const Running& b) const {
    return std::pair{a.ends, a.number} > std::pair{b.ends, b.number};
  }
};

class Simulation {
 public:
  Simulation(const Space& space, Searcher& searcher, Evaluator& evaluator, History& history,
             const SimulationOptions& options)
      : space_{space},
        searcher_{searcher},
        evaluator_{evaluator},
        history_{history},
        options_{options} {}

  SimulationEnd go() {
    std::optional<DriverEnd> end;
    while (true) {
      while (!end && may_propose()) end = propose();
      start_queued();
      if (running_.empty()) break;
      Running next = running_.top();
      if (options_.seconds > 0 && next.ends > options_.seconds) {
        end = DriverEnd{Stop::time, "the simulated time is up"};
        break;
      }
      running_.pop();
      now_ = next.ends;
      finish(next.number, std::move(next.result));
    }
    if (end->stop == Stop::time) cut();
    finished_.resize(history_.size(), std::numeric_limits<double>::quiet_NaN());
    const double offered = now_ * static_cast<double>(options_.workers);
    return {.stop = end->stop,
            .reason = std::move(end->reason),
            .seconds = now_,
            .busy = offered > 0 ? busy_ / offered : 0,
            .finished = std::move(finished_)};
  }

 private:
  [[nodiscard]] bool as_they_finish() const { return !options_.lookahead; }

  // Ids below this are visible to the next proposal.
  [[nodiscard]] std::size_t visible() const {
    const std::size_t next = history_.size();
    if (as_they_finish()) return first_open_;
    if (waiting_) return next;
    return next > *options_.lookahead ? next - *options_.lookahead : 0;
  }

  [[nodiscard]] bool may_propose() const {
    if (as_they_finish()) return !waiting_ && running_.size() < options_.workers;
    return first_open_ >= visible();
  }

  // One proposal, or the reason why there are no more.
  std::optional<DriverEnd> propose() {
    const View view{history_, history_.size(), visible()};
    if (auto end = detail::spent(history_, view.results(), {options_.evaluations, options_.epochs},
                                 free_in_a_row_))
      return end;
    auto next = detail::next_proposal(space_, searcher_, view, options_.seed, options_.epochs_each);
    if (auto* end = std::get_if<DriverEnd>(&next)) return std::move(*end);
    waiting_ = std::holds_alternative<Wait>(next);
    if (waiting_) return std::nullopt;
    const std::size_t id = history_.size();
    history_.add(std::get<Proposal>(std::move(next)));
    open_.push_back(proposed_++);
    free_in_a_row_ = settle_or_queue(id) ? free_in_a_row_ + 1 : 0;
    return std::nullopt;
  }

  // True when the proposal costs nothing.
  bool settle_or_queue(std::size_t id) {
    const std::size_t number = open_.back();
    if (detail::is_duplicate(history_, history_.proposal(id))) {
      const std::size_t first = *history_.find(history_.proposal(id).key);
      if (const Result* original = history_.result(first))
        record(number, detail::duplicate(first, *original));
      else
        duplicates_[number_of(first)].push_back(number);
      return true;
    }
    if (auto rejected = detail::rejection(space_, history_.proposal(id))) {
      record(number, std::move(*rejected));
      return true;
    }
    queued_.push_back(number);
    if (as_they_finish()) start_queued();  // takes the worker that is free
    return false;
  }

  void start_queued() {
    while (!queued_.empty() && running_.size() < options_.workers) {
      const Proposal& proposal = history_.proposal(id_of(queued_.front()));
      Candidate candidate;
      candidate.proposal = &proposal;
      for (const std::size_t parent : proposal.parents)
        candidate.parent_genomes.push_back(history_.proposal(parent).genome);
      candidate.epochs_before = history_.epochs_before(proposal);
      auto result = detail::evaluated(evaluator_, candidate, space_.costs(proposal.genome));
      if (!result) throw std::logic_error("simulate: an evaluation was cancelled by nobody");
      const double seconds = result->seconds > 0 ? result->seconds : options_.untold_seconds;
      busy_ += seconds;
      running_.push({now_ + seconds, queued_.front(), std::move(*result)});
      queued_.pop_front();
    }
  }

  void finish(std::size_t number, Result result) {
    record(number, std::move(result));
    waiting_ = waiting_ && !as_they_finish();
    const auto found = duplicates_.find(number);
    if (found == duplicates_.end()) return;
    const std::size_t first = finished_id_;
    for (const std::size_t one : found->second)
      record(one, detail::duplicate(first, *history_.result(first)));
    duplicates_.erase(found);
  }

  void record(std::size_t number, Result result) {
    std::size_t id = id_of(number);
    open_.erase(std::lower_bound(open_.begin(), open_.end(), number));
    if (as_they_finish()) {
      history_.move(id, first_open_);
      id = first_open_;
    }
    history_.add(id, std::move(result));
    finished_id_ = id;
    finished_.resize(history_.size(), std::numeric_limits<double>::quiet_NaN());
    finished_[id] = now_;
    while (first_open_ < history_.size() && history_.result(first_open_)) ++first_open_;
  }

  // Open proposals keep their order, whatever their ids become.
  [[nodiscard]] std::size_t id_of(std::size_t number) const {
    if (!as_they_finish()) return number;
    const auto place = std::lower_bound(open_.begin(), open_.end(), number);
    return first_open_ + static_cast<std::size_t>(place - open_.begin());
  }
  [[nodiscard]] std::size_t number_of(std::size_t id) const {
    return as_they_finish() ? open_[id - first_open_] : id;
  }

  // The time is up: what was running has been busy until now.
  void cut() {
    now_ = options_.seconds;
    for (; !running_.empty(); running_.pop()) busy_ -= running_.top().ends - now_;
  }

  const Space& space_;
  Searcher& searcher_;
  Evaluator& evaluator_;
  History& history_;
  const SimulationOptions& options_;

  double now_ = 0, busy_ = 0;
  std::size_t proposed_ = 0;     // so far; the number of the next
  std::size_t first_open_ = 0;   // the lowest id without a result
  std::size_t finished_id_ = 0;  // of the last result
  std::size_t free_in_a_row_ = 0;
  bool waiting_ = false;           // the searcher wants to see more results before it goes on
  std::vector<std::size_t> open_;  // numbers of all without a result, ascending
  std::deque<std::size_t> queued_;
  std::priority_queue<Running, std::vector<Running>, Later> running_;
  std::map<std::size_t, std::vector<std::size_t>> duplicates_;  // of candidates that are running
  std::vector<double> finished_;
};

}  // namespace

SimulationEnd simulate(const Space& space, Searcher& searcher, Evaluator& evaluator,
                       History& history, const SimulationOptions& options) {
  if (options.workers < 1) throw std::invalid_argument("simulate: at least one worker is needed");
  if (!(options.seconds >= 0))
    throw std::invalid_argument("simulate: seconds must be at least 0, got " +
                                std::to_string(options.seconds));
  if (history.size() > 0) throw std::invalid_argument("simulate: the history is not empty");
  return Simulation{space, searcher, evaluator, history, options}.go();
}

}  // namespace lamarck::search
