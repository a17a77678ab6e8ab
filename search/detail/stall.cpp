#include "search/detail/stall.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/pareto.hpp"

namespace lamarck::search::detail {

Stall::Stall(const Objectives& objectives, std::size_t evaluations)
    : objectives_{objectives}, evaluations_{evaluations}, now_{objectives}, before_{objectives} {}

bool Stall::reached(const History& history, std::size_t results) {
  if (results == judged_at_) return reached_;
  judged_at_ = results;
  for (; seen_ < results; ++seen_) take_in(*history.result(seen_));
  // A proposal after one that waited for every result sees fewer of them again.
  const auto end = std::ranges::lower_bound(evaluated_, results) - evaluated_.begin();
  const auto count = static_cast<std::size_t>(end);
  if (count <= evaluations_) return reached_ = false;
  const std::size_t before = evaluated_[count - evaluations_];
  now_.update(View{history, results, results});
  before_.update(View{history, before, before});
  if (!now_.points().empty()) return reached_ = !gained();
  return reached_ = !(least_violation_[count - 1] < least_violation_[count - evaluations_ - 1]);
}

void Stall::take_in(const Result& result) {
  if (result.status == Status::duplicate || result.status == Status::rejected) return;
  evaluated_.push_back(seen_);
  double least =
      least_violation_.empty() ? std::numeric_limits<double>::infinity() : least_violation_.back();
  if (result.status == Status::done)
    if (const auto scored = score(objectives_, result.metrics))
      least = std::min(least, scored->violation);
  least_violation_.push_back(least);
}

bool Stall::gained() const {
  std::vector<Point> now = now_.points(), before = before_.points();
  if (before.empty()) return true;
  // Networks on one front differ by orders of magnitude (CostScale).
  for (std::size_t i = 0; i < now.front().size(); ++i) {
    const bool cost = objectives_.ranking == Ranking::pareto && !objectives_.list[i].maximize;
    const auto positive = [i](const Point& point) { return point[i] > 0; };
    if (!cost || !std::ranges::all_of(now, positive) || !std::ranges::all_of(before, positive))
      continue;
    for (auto* front : {&now, &before})
      for (Point& point : *front) point[i] = std::log(point[i]);
  }
  Point worst = now.front();
  for (const auto* front : {&now, &before})
    for (const Point& point : *front)
      for (std::size_t i = 0; i < worst.size(); ++i) worst[i] = std::max(worst[i], point[i]);
  const double volume = hypervolume(now, worst);
  if (volume > 0) return volume - hypervolume(before, worst) > kLeastGain * volume;
  // Too small a front for a volume: anything that is new on it, and not only believed to be worse.
  return std::ranges::any_of(now, [&](const Point& point) {
    return std::ranges::none_of(
        before, [&](const Point& old) { return old == point || dominates(old, point); });
  });
}

}  // namespace lamarck::search::detail
