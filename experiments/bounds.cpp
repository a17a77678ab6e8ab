#include "experiments/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "experiments/format.hpp"
#include "kernels/random.hpp"

namespace lamarck::experiments {
namespace {

constexpr int kSamples = 200;

std::vector<search::Metrics> costs_of_samples(const search::Space& space) {
  std::vector<search::Metrics> costs;
  const auto add = [&](const search::Genome& genome) {
    if (!space.violation(genome)) costs.push_back(space.costs(genome));
  };
  for (const auto& start : space.starts()) add(start);
  Random random{0, "bounds"};
  for (int i = 0; i < kSamples; ++i) add(space.random(random).genome);
  return costs;
}

}  // namespace

std::string unmet_bound(const search::Objectives& objectives, const search::Space& space) {
  std::vector<search::Metrics> costs;
  for (const auto& objective : objectives.list) {
    if (!objective.bound) continue;
    if (costs.empty()) costs = costs_of_samples(space);
    std::vector<double> values;
    for (const auto& of : costs)
      if (const auto found = of.find(objective.metric); found != of.end())
        values.push_back(found->second);
    if (values.empty()) continue;  // known after training alone
    const double best = objective.maximize ? *std::max_element(values.begin(), values.end())
                                           : *std::min_element(values.begin(), values.end());
    if (objective.maximize ? best >= *objective.bound : best <= *objective.bound) continue;
    return fmt::format("no start and none of {} samples has {} of {} {}; the best has {}", kSamples,
                       objective.metric, objective.maximize ? "at least" : "at most",
                       metric_text(objective.metric, *objective.bound),
                       metric_text(objective.metric, best));
  }
  return "";
}

}  // namespace lamarck::experiments
