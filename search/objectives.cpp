#include "search/objectives.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/pareto.hpp"

namespace lamarck::search {
namespace {

// How far `value` misses the objective's bound, as a share of the bound.
double missed(const Objective& objective, double value) {
  if (!objective.bound) return 0;
  const double by = objective.maximize ? *objective.bound - value : value - *objective.bound;
  return std::max(0.0, by) /
         std::max(std::abs(*objective.bound), std::numeric_limits<double>::min());
}

}  // namespace

std::optional<Score> score(const Objectives& objectives, const Metrics& metrics) {
  Score score{.violation = 0, .point = {}};
  double sum = 0;
  for (const Objective& objective : objectives.list) {
    const auto found = metrics.find(objective.metric);
    if (found == metrics.end() || std::isnan(found->second)) return std::nullopt;
    const double value = objective.maximize ? -found->second : found->second;
    score.violation += missed(objective, found->second);
    score.point.push_back(value);
    sum += objective.weight * value;
  }
  if (objectives.ranking == Ranking::weighted) score.point = {sum};
  return score;
}

bool better(const Score& a, const Score& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  return dominates(a.point, b.point);
}

}  // namespace lamarck::search
