#include "search/methods/cost_scale.hpp"

#include <algorithm>
#include <cmath>

#include "search/methods/attempts.hpp"

namespace lamarck::search {

CostScale::CostScale(const Space& space, const Objectives& objectives) {
  const Metrics known = example_costs(space);
  for (const Objective& objective : objectives.list)
    costs_.push_back(!objective.maximize && known.count(objective.metric) > 0);
  units_.assign(costs_.size(), 0.0);
}

void CostScale::fit(std::span<const Point> front) {
  for (std::size_t i = 0; i < costs_.size(); ++i) {
    units_[i] = 0;
    if (!costs_[i]) continue;
    for (const Point& point : front)
      if (point[i] > 0 && (units_[i] == 0 || point[i] < units_[i])) units_[i] = point[i];
  }
}

double CostScale::operator()(std::size_t objective, double value) const {
  const double unit = units_[objective];
  return unit > 0 && value > 0 ? std::log1p(value / unit) : value;
}

Point CostScale::operator()(Point point) const {
  for (std::size_t i = 0; i < point.size(); ++i) point[i] = (*this)(i, point[i]);
  return point;
}

}  // namespace lamarck::search
