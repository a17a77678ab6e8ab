// A simulated clock: searches whose evaluations take the seconds that a table tells, on any number
// of simulated workers, in no time. It shows what a schedule is worth.
//
// Two schedules. As they finish: a proposal is made when a worker is free and sees every result
// there is by then, as an asynchronous search would; proposals count in the order in which they
// finished, so that what a view shows is always a beginning of the history. With a lookahead: that
// of drive(), whose history it equals for every number of workers, while the clock tells how long
// those workers wait.
//
// Thread safety: one simulation runs in its caller's thread; several may run at once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/driver.hpp"

namespace lamarck::search {

struct SimulationOptions {
  std::uint64_t seed = 1;
  std::size_t evaluations = 100;  ///< as for drive()
  std::size_t epochs = 0;         ///< as for drive()
  int epochs_each = 0;            ///< as for drive()
  std::size_t workers = 1;
  double seconds = 0;         ///< what would finish later is left without a result; 0: no limit
  double untold_seconds = 1;  ///< that an evaluation takes whose Result::seconds is 0
  std::optional<std::size_t> lookahead = {};  ///< nothing: as they finish
};

struct SimulationEnd {
  Stop stop = Stop::evaluations;
  std::string reason;            ///< in words
  double seconds = 0;            ///< when the last result came in, or the limit
  double busy = 0;               ///< share of the workers' time until then in which they evaluated
  std::vector<double> finished;  ///< by proposal: when its result came in, or NaN
};

/// Searches from an empty `history`. An evaluation takes Result::seconds; duplicates and
/// rejected proposals take none. Candidates have no weights. \throws
/// std::invalid_argument for no worker, a limit that is negative or NaN, or a history that is not
/// empty; what an evaluator throws as an IoError
[[nodiscard]] SimulationEnd simulate(const Space&, Searcher&, Evaluator&, History& history,
                                     const SimulationOptions&);

}  // namespace lamarck::search
