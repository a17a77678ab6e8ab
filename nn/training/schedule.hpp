// Learning-rate schedules, as factors on the base rate.
#pragma once
#include <cstddef>

namespace lamarck::nn {

enum class ScheduleKind { constant, step, cosine, one_cycle };

struct Schedule {
  ScheduleKind kind = ScheduleKind::one_cycle;
  double warmup = 0.0;  ///< share of all steps in which the factor rises linearly from 0; in [0, 1)
  double gamma = 0.1;   ///< step: factor at each milestone
  int every = 30;       ///< step: epochs between milestones
  double floor = 0.0;   ///< cosine: the last factor
  double peak_at = 0.3;  ///< one_cycle: share of steps spent rising (L. Smith and N. Topin, 2018)
  double start_factor = 0.04,
         end_factor = 1e-4;  ///< one_cycle: factors at both ends; the peak is 1
  bool operator==(const Schedule&) const = default;
};

/// The factor for `step` of `steps` (0-based), with `steps_per_epoch` for step schedules.
[[nodiscard]] double rate_factor(const Schedule& schedule, std::size_t step, std::size_t steps,
                                 std::size_t steps_per_epoch);

}  // namespace lamarck::nn
