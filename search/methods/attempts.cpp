#include "search/methods/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lamarck::search {
namespace {

constexpr double kMostEnumerated = 1 << 20;  // candidates looked through for one that is new

bool is_new(const Space& space, const View& view, const Genome& genome) {
  return !view.known(space.key(genome)) && !space.violation(genome);
}

}  // namespace

Metrics example_costs(const Space& space) {
  for (const Genome& start : space.starts())
    if (Metrics costs = space.costs(start); !costs.empty()) return costs;
  Random random{0, "example costs"};
  for (int attempt = 0; attempt < kAttempts; ++attempt)
    if (Metrics costs = space.costs(space.random(random).genome); !costs.empty()) return costs;
  return {};
}

std::optional<Variation> first_new(const Space& space, const View& view,
                                   const std::function<std::optional<Variation>()>& draw) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto variation = draw();
    if (variation && is_new(space, view, variation->genome)) return variation;
  }
  return std::nullopt;
}

std::optional<Suggestion> new_start(const Space& space, const View& view) {
  for (Genome& start : space.starts())
    if (is_new(space, view, start)) return Suggestion{{std::move(start)}, "start"};
  return std::nullopt;
}

std::optional<Variation> mutated(const Space& space, const Genome& genome, int mutations,
                                 Random& random) {
  Variation result{.genome = genome};
  for (int i = 0; i < mutations; ++i) {
    auto next = space.mutate(result.genome, random);
    if (!next) return std::nullopt;
    result.genome = std::move(next->genome);
    result.edits.insert(result.edits.end(), next->edits.begin(), next->edits.end());
  }
  return result;
}

std::optional<Suggestion> new_mutant(const Space& space, const View& view, Random& random,
                                     const std::function<std::size_t()>& choose) {
  for (int mutations = 1; mutations <= kMostMutations; ++mutations) {
    std::size_t parent = 0;
    auto child = first_new(space, view, [&] {
      parent = choose();
      return mutated(space, view.proposal(parent).genome, mutations, random);
    });
    if (!child) continue;
    child->parents = {parent};
    return Suggestion{std::move(*child), "mutate"};
  }
  return std::nullopt;
}

std::optional<Suggestion> new_sample(const Space& space, const View& view, Random& random,
                                     const std::string& origin) {
  if (auto sample = first_new(space, view, [&] { return space.random(random); }))
    return Suggestion{std::move(*sample), origin};
  const auto size = space.size();
  if (!size || *size < 1 || !space.nth(0)) return std::nullopt;
  const auto count = static_cast<std::uint64_t>(std::min(*size, 9e15));
  const auto most = static_cast<std::uint64_t>(std::min(*size, kMostEnumerated));
  const std::uint64_t first = random.below(count);
  for (std::uint64_t i = 0; i < most; ++i) {
    auto genome = space.nth((first + i) % count);
    if (genome && is_new(space, view, *genome)) return Suggestion{{std::move(*genome)}, origin};
  }
  return std::nullopt;
}

std::string used_up(const Space& space) {
  const auto size = space.size();
  if (size && *size <= kMostEnumerated && space.nth(0))
    return fmt::format("all {:.0f} candidates of the space are known or beyond the limits", *size);
  return fmt::format("{} random samples gave no new candidate within the limits", kAttempts);
}

}  // namespace lamarck::search
