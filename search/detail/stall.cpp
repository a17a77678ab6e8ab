#include "search/detail/stall.hpp"

#include <algorithm>

namespace lamarck::search::detail {

Stall::Stall(const Objectives& objectives, std::size_t evaluations)
    : evaluations_{evaluations}, now_{objectives}, before_{objectives} {}

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
  return reached_ = judged();
}

bool Stall::judged() const {
  const std::vector<Point> now = now_.points(), before = before_.points();
  if (before.empty() || now.empty()) return now.empty();
  Point worst = now.front();
  for (const auto* front : {&now, &before})
    for (const Point& point : *front)
      for (std::size_t i = 0; i < worst.size(); ++i) worst[i] = std::max(worst[i], point[i]);
  const double volume = hypervolume(now, worst);
  return volume - hypervolume(before, worst) <= kLeastGain * volume &&
         (volume > 0 || now == before);
}

}  // namespace lamarck::search::detail
