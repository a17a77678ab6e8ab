// Learning-rate schedules, as factors on the base rate.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>

namespace lamarck::nn {

enum class ScheduleKind { constant, step, cosine, one_cycle };

struct Schedule {
  ScheduleKind kind = ScheduleKind::one_cycle;
  /// Share of all steps, rounded to whole ones, in which the factor rises linearly; in [0, 1). Of w
  /// such steps, step i has (i + 1) / (w + 1) of what the schedule starts with. One_cycle rises by
  /// itself and takes none.
  double warmup = 0.0;
  double gamma = 0.1;    ///< step: factor at each milestone
  int every = 30;        ///< step: epochs between milestones, counted from the first step of all
  double floor = 0.0;    ///< cosine: the last factor
  double peak_at = 0.3;  ///< one_cycle: share of steps spent rising (L. Smith and N. Topin, 2018)
  double start_factor = 0.04,
         end_factor = 1e-4;  ///< one_cycle: factors at both ends; the peak is 1
  bool operator==(const Schedule&) const = default;
};

/// The factor for `step` of `steps` (0-based), with `steps_per_epoch` for step schedules. Cosine
/// goes from 1 to `floor`, which the last step has. One_cycle is PyTorch's OneCycleLR with cosine
/// annealing: from `start_factor` to 1 at step peak_at * steps - 1 (rounded), then to `end_factor`
/// at the last. A training of one step has factor 1. \throws std::invalid_argument unless step <
/// steps, steps_per_epoch >= 1 and the options are in
///   range
[[nodiscard]] double rate_factor(const Schedule& schedule, std::size_t step, std::size_t steps,
                                 std::size_t steps_per_epoch);

}  // namespace lamarck::nn
