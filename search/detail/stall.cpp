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
  for (; seen_ < results; ++seen_) {
    const Status status = history.result(seen_)->status;
    if (status != Status::duplicate && status != Status::rejected) evaluated_.push_back(seen_);
  }
  // A proposal after one that waited for every result sees fewer of them again.
  const auto end = std::ranges::lower_bound(evaluated_, results) - evaluated_.begin();
  const auto count = static_cast<std::size_t>(end);
  if (count <= evaluations_) return reached_ = false;
  const std::size_t before = evaluated_[count - evaluations_];
  now_.update(View{history, results, results});
  before_.update(View{history, before, before});
  return reached_ = judged(history, count - evaluations_, count);
}

bool Stall::judged(const History& history, std::size_t before, std::size_t now) const {
  if (now_.points().empty())
    return !(least_violation(history, now) < least_violation(history, before));
  return !gained();
}

// Of the first `count` evaluated; infinite where none can be scored.
double Stall::least_violation(const History& history, std::size_t count) const {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < count; ++i)
    if (const Result& result = *history.result(evaluated_[i]); result.status == Status::done)
      if (const auto scored = score(objectives_, result.metrics))
        least = std::min(least, scored->violation);
  return least;
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
