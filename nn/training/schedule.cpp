#include "nn/training/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace lamarck::nn {
namespace {

void check(const Schedule& s, std::size_t step, std::size_t steps, std::size_t steps_per_epoch) {
  const auto need = [](bool holds, const char* what, double found) {
    if (!holds) throw std::invalid_argument(fmt::format("schedule: {}, got {}", what, found));
  };
  if (step >= steps)
    throw std::invalid_argument(fmt::format("schedule: step {} of {}", step, steps));
  need(steps_per_epoch >= 1, "steps_per_epoch must be at least 1", 0);
  need(s.warmup >= 0 && s.warmup < 1, "warmup must be in [0, 1)", s.warmup);
  need(s.gamma >= 0 && std::isfinite(s.gamma), "gamma must be at least 0", s.gamma);
  need(s.every >= 1, "every must be at least 1", s.every);
  need(s.floor >= 0 && s.floor <= 1, "floor must be in [0, 1]", s.floor);
  need(s.peak_at >= 0 && s.peak_at <= 1, "peak_at must be in [0, 1]", s.peak_at);
  need(s.start_factor >= 0 && s.start_factor <= 1, "start_factor must be in [0, 1]",
       s.start_factor);
  need(s.end_factor >= 0 && s.end_factor <= 1, "end_factor must be in [0, 1]", s.end_factor);
}

// From `from` to `to` along half a cosine while x goes from 0 to `length`; `from` where that is 0.
double half_cosine(double from, double to, double x, double length) {
  const double t = length > 0 ? std::min(1.0, x / length) : 0.0;
  return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
}

double one_cycle(const Schedule& s, double step, double last) {
  // On a whole step, so that short trainings reach it too.
  const double peak = std::clamp(std::round(s.peak_at * (last + 1) - 1), 0.0, last);
  return step < peak ? half_cosine(s.start_factor, 1.0, step, peak)
                     : half_cosine(1.0, s.end_factor, step - peak, last - peak);
}

}  // namespace

double rate_factor(const Schedule& s, std::size_t step, std::size_t steps,
                   std::size_t steps_per_epoch) {
  check(s, step, steps, steps_per_epoch);
  const auto at = static_cast<double>(step);
  const auto last = static_cast<double>(steps - 1);
  if (s.kind == ScheduleKind::one_cycle) return one_cycle(s, at, last);

  const double rising = std::min(last, std::round(s.warmup * static_cast<double>(steps)));
  if (at < rising) return (at + 1) / (rising + 1);
  if (s.kind == ScheduleKind::cosine) return half_cosine(1.0, s.floor, at - rising, last - rising);
  if (s.kind == ScheduleKind::constant) return 1.0;
  const std::size_t epoch = step / steps_per_epoch;
  return std::pow(s.gamma, static_cast<double>(epoch / static_cast<std::size_t>(s.every)));
}

}  // namespace lamarck::nn
