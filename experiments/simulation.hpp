// Searches of a table against the simulated clock: what a method, a schedule or a number of workers
// is worth, in no time.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/experiment.hpp"

namespace lamarck::experiments {

struct SimulationPlan {
  std::size_t workers = 1;
  double seconds = 0;      ///< of simulated time; 0: until another budget is spent
  std::size_t runs = 1;    ///< with the experiment's seed, the next, ...
  bool scheduled = false;  ///< proposals as drive() makes them, not as workers become free
};

/// What a search had found by then.
struct Moment {
  double seconds = 0;
  std::optional<double> best = {};  ///< by the first objective, in the metric's own units
  double hypervolume = 0;           ///< as Front::hypervolume, of the box at the search's end
};

struct SimulatedRun {
  std::uint64_t seed = 0;
  std::size_t evaluations = 0;  ///< whose results came in
  double seconds = 0;           ///< of simulated time that it took
  double busy = 0;              ///< share of the workers' time in which they evaluated
  std::string reason;           ///< why it ended
  std::string failure;          ///< as failure() of its history
  std::vector<Moment> moments;  ///< after equal parts of the time; the last is its end
};
inline constexpr std::size_t kMoments = 8;

/// Budgets are search.evaluations, search.epochs and plan.seconds. \throws ConfigError as a search
/// of the table does
[[nodiscard]] std::vector<SimulatedRun> simulated_runs(const Experiment& experiment,
                                                       const LoadedTable& table,
                                                       const SimulationPlan& plan);

}  // namespace lamarck::experiments
