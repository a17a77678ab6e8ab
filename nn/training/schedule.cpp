#include "nn/training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lamarck::nn {
namespace {

// From `from` to `to` along half a cosine as t goes from 0 to 1.
double half_cosine(double from, double to, double t) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
}

double one_cycle(const Schedule& s, double position) {
  const double peak = std::clamp(s.peak_at, 0.0, 1.0);
  if (position < peak) return half_cosine(s.start_factor, 1.0, position / peak);
  if (peak >= 1.0) return 1.0;
  return half_cosine(1.0, s.end_factor, (position - peak) / (1 - peak));
}

}  // namespace

double rate_factor(const Schedule& s, std::size_t step, std::size_t steps,
                   std::size_t steps_per_epoch) {
  // 0 at the first step, 1 at the last.
  const double position =
      steps > 1 ? static_cast<double>(step) / static_cast<double>(steps - 1) : 1.0;
  if (s.kind == ScheduleKind::one_cycle) return one_cycle(s, std::min(position, 1.0));

  const double rising = s.warmup * static_cast<double>(steps);
  if (static_cast<double>(step) < rising) return static_cast<double>(step + 1) / (rising + 1);
  switch (s.kind) {
    case ScheduleKind::step: {
      const std::size_t epoch = steps_per_epoch > 0 ? step / steps_per_epoch : 0;
      return std::pow(s.gamma,
                      static_cast<double>(epoch / static_cast<std::size_t>(std::max(s.every, 1))));
    }
    case ScheduleKind::cosine: {
      const double after = std::max(1.0, static_cast<double>(steps) - rising - 1);
      return half_cosine(1.0, s.floor, std::min(1.0, (static_cast<double>(step) - rising) / after));
    }
    default:
      return 1.0;
  }
}

}  // namespace lamarck::nn
