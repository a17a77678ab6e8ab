// What a run has found, as plain data: what `front`, `status` and the live line show.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/experiment.hpp"
#include "search/cnn_space.hpp"
#include "search/history.hpp"
#include "search/objectives.hpp"
#include "search/store.hpp"

namespace lamarck::experiments {

/// Test scores of one finalist that began one way, over its seeds.
struct FinalScores {
  std::string start;            ///< `inherited` or `scratch`
  std::vector<int> seeds = {};  ///< those that gave scores
  std::size_t failed = 0;       ///< those that diverged or failed
  search::Metrics mean = {};
  search::Metrics deviation = {};  ///< of the sample (n - 1); empty for fewer than two seeds
};

struct FrontMember {
  std::size_t id = 0;
  search::Metrics metrics;
  std::vector<FinalScores> finals;  ///< in the order of the experiment's `final.start`
};

struct Front {
  search::Objectives objectives;
  std::vector<double> reference;  ///< one value an objective, in the metric's own units
  /// Share of the box between the reference and the ideal that the front dominates. The ideal is 1
  /// for accuracies, and for costs 0 or what is less.
  double hypervolume = 0;
  std::vector<FrontMember> members;  ///< best first by the first objective
};

/// The largest value allowed of each metric that has a limit.
using Maxima = std::map<std::string, double, std::less<>>;
[[nodiscard]] Maxima maxima(const search::Limits& limits);
/// Of networks and of a table's candidates.
[[nodiscard]] Maxima maxima(const Experiment& experiment);

/// Of the candidates that keep every bound, in Pareto mode: all that nothing dominates; in weighted
/// mode: the best alone. Duplicates are left out. The reference is the objective's bound; without
/// one, 0 for an accuracy and for a cost its limit or else the largest value among the candidates.
[[nodiscard]] Front summarise_front(const search::History& history,
                                    const search::Objectives& objectives, const Maxima& limits,
                                    const std::vector<search::FinalRow>& finals = {},
                                    const std::vector<std::string>& final_order = {});

/// Whether the result of this candidate, the last of `history`, can have changed what
/// summarise_front() gave before it: false for most, which something on the front beats.
[[nodiscard]] bool may_change(const Front& front, const search::History& history, std::size_t id);

/// The front of a run, with the test scores of its finalists as of now: those that were finalists
/// of a smaller budget are not shown as such, so that a run whose budget grew equals one that began
/// with it.
[[nodiscard]] Front summarise_run(const search::History& history, const Experiment& experiment,
                                  const std::vector<search::FinalRow>& finals);

struct Counts {
  std::size_t done = 0, failed = 0, duplicates = 0, rejected = 0, in_flight = 0;
};
/// done: finished well; failed: diverged or failed. A candidate without a result is in flight.
[[nodiscard]] Counts count(const search::History& history);
/// What to say of a run none of whose evaluations came to anything, or nothing.
[[nodiscard]] std::string failure(const search::History& history);

/// Members to retrain, each once. For every one of `best_within`, the best by the first objective
/// that keeps the limits, where there is one. Without them `choose`, evenly along the front from
/// the best on: all of it where the first objective has a bound; else of the third that comes
/// closest to the best in it (without a bound, the far end of a front is cheap and of no use).
[[nodiscard]] std::vector<std::size_t> choose_finalists(const Front& front,
                                                        const FinalConfig& config);

}  // namespace lamarck::experiments
