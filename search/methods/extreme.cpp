#include "search/methods/extreme.hpp"

namespace lamarck::search {
namespace {

constexpr int kMostSteps = 400;
constexpr int kMostFailures = 100;  // mutations in a row that lead no further

}  // namespace

std::optional<double> size_of(const Space& space, const Genome& genome) {
  const Metrics costs = space.costs(genome);
  for (const char* name : {"macs", "params"})
    if (const auto found = costs.find(name); found != costs.end()) return found->second;
  if (costs.empty()) return std::nullopt;
  return costs.begin()->second;
}

std::optional<Genome> extreme(const Space& space, Extreme which, Random& random) {
  const auto further = [&](double a, double b) {
    return which == Extreme::largest ? a > b : a < b;
  };
  std::optional<Genome> best;
  double best_size = 0;
  const auto take = [&](const Genome& genome) {
    const auto size = size_of(space, genome);
    if (!size || space.violation(genome) || (best && !further(*size, best_size))) return false;
    best = genome;
    best_size = *size;
    return true;
  };
  for (const Genome& start : space.starts()) take(start);
  int failures = 0;
  for (int step = 0; best && step < kMostSteps && failures < kMostFailures; ++step) {
    const auto next = space.mutate(*best, random);
    failures = next && take(next->genome) ? 0 : failures + 1;
  }
  return best;
}

}  // namespace lamarck::search
