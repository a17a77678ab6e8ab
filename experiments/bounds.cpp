#include "experiments/bounds.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "experiments/format.hpp"
#include "kernels/random.hpp"

namespace lamarck::experiments {
namespace {

constexpr int kSamples = 200;

// Of those that keep the limits.
std::vector<search::Metrics> costs_of(const search::Space& space,
                                      const std::vector<search::Genome>& genomes) {
  std::vector<search::Metrics> costs;
  for (const auto& genome : genomes)
    if (!space.violation(genome)) costs.push_back(space.costs(genome));
  return costs;
}

std::vector<search::Genome> samples(const search::Space& space) {
  std::vector<search::Genome> genomes;
  Random random{0, "bounds"};
  for (int i = 0; i < kSamples; ++i) genomes.push_back(space.random(random).genome);
  return genomes;
}

// Nothing where it is known after training alone.
std::optional<double> best_of(const std::vector<search::Metrics>& costs,
                              const search::Objective& objective) {
  std::optional<double> best;
  for (const auto& of : costs)
    if (const auto found = of.find(objective.metric); found != of.end())
      if (const double value = found->second;
          !best || (objective.maximize ? value > *best : value < *best))
        best = value;
  return best;
}

bool keeps(double value, const search::Objective& objective) {
  return objective.maximize ? value >= *objective.bound : value <= *objective.bound;
}

}  // namespace

std::string unmet_bound(const search::Objectives& objectives, const search::Space& space) {
  const auto starts = costs_of(space, space.starts());
  for (const auto& objective : objectives.list) {
    if (!objective.bound) continue;
    const auto start = best_of(starts, objective);
    if (!start || keeps(*start, objective)) continue;
    // Seldom needed, so drawn anew for each.
    auto costs = costs_of(space, samples(space));
    costs.insert(costs.end(), starts.begin(), starts.end());
    const double best = *best_of(costs, objective);
    if (keeps(best, objective)) continue;
    return fmt::format("no start and none of {} samples has {} of {} {}; the best has {}", kSamples,
                       objective.metric, objective.maximize ? "at least" : "at most",
                       metric_text(objective.metric, *objective.bound),
                       metric_text(objective.metric, best));
  }
  return "";
}

}  // namespace lamarck::experiments
