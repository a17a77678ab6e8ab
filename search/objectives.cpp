#include "search/objectives.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "search/pareto.hpp"

namespace lamarck::search {
namespace {

constexpr double kLeastRatio = 1e-6;  // of a metric to its target

// How far `value` misses the objective's bound, as a share of the bound.
double missed(const Objective& objective, double value) {
  if (!objective.bound) return 0;
  const double by = objective.maximize ? *objective.bound - value : value - *objective.bound;
  return std::max(0.0, by) /
         std::max(std::abs(*objective.bound), std::numeric_limits<double>::min());
}

// What an objective's target makes of the reward; 1 at the target, more where it is outdone.
double factor(const Objective& objective, double value) {
  const Target& target = *objective.target;
  const double ratio = std::max(kLeastRatio, value / target.at);
  const double good = objective.maximize ? ratio : 1 / ratio;
  return std::pow(good, good >= 1 ? target.within : target.beyond);
}

double reward(const Objectives& objectives, const Metrics& metrics) {
  double gain = 1;
  double loss = 0;
  double factors = 1;
  for (const Objective& objective : objectives.list) {
    const double value = metrics.find(objective.metric)->second;
    if (objective.target)
      factors *= factor(objective, value);
    else if (objective.maximize && value >= 0)
      gain *= std::pow(value, objective.weight);
    else if (objective.maximize)
      loss += value;
  }
  return loss < 0 ? loss / factors : gain * factors;
}

}  // namespace

std::string_view name(Ranking ranking) {
  static constexpr std::array<std::string_view, 3> kNames{"pareto", "weighted", "target"};
  return kNames.at(static_cast<std::size_t>(ranking));
}

std::optional<Score> score(const Objectives& objectives, const Metrics& metrics) {
  Score score{.violation = 0, .point = {}};
  double sum = 0;
  for (const Objective& objective : objectives.list) {
    const auto found = metrics.find(objective.metric);
    if (found == metrics.end() || !std::isfinite(found->second)) return std::nullopt;
    const double value = objective.maximize ? -found->second : found->second;
    score.violation += missed(objective, found->second);
    score.point.push_back(value);
    sum += objective.weight * value;
  }
  if (objectives.ranking == Ranking::weighted) score.point = {sum};
  if (objectives.ranking == Ranking::target) score.point = {-reward(objectives, metrics)};
  return score;
}

bool better(const Score& a, const Score& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  return dominates(a.point, b.point);
}

}  // namespace lamarck::search
