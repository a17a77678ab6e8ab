#include "search/objectives.hpp"

#include <cmath>

namespace lamarck::search {

std::optional<std::vector<double>> objective_vector(const Objectives& objectives,
                                                    const Metrics& metrics) {
  std::vector<double> values;
  values.reserve(objectives.list.size());
  for (const Objective& objective : objectives.list) {
    const auto found = metrics.find(objective.metric);
    if (found == metrics.end() || std::isnan(found->second)) return std::nullopt;
    values.push_back(objective.maximize ? -found->second : found->second);
  }
  return values;
}

std::optional<double> scalar(const Objectives& objectives, const Metrics& metrics) {
  const auto values = objective_vector(objectives, metrics);
  if (!values) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < values->size(); ++i) sum += objectives.list[i].weight * (*values)[i];
  return sum;
}

}  // namespace lamarck::search
