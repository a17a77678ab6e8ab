// Asking a space for something new: what is known or breaks a limit is drawn again, a bounded
// number of times. Every method is made of these.
//
// Thread safety: pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "search/searcher.hpp"
#include "search/space.hpp"

namespace lamarck::search {

/// The metrics that the space knows of candidates beforehand, by an example: a start or, where
/// there is no such candidate, a sample.
[[nodiscard]] Metrics example_costs(const Space& space);

inline constexpr int kAttempts = 64;
inline constexpr int kMostMutations = 3;  ///< in a row, where single ones give nothing new

/// The first variation that is neither known nor beyond a limit; nothing after kAttempts.
[[nodiscard]] std::optional<Variation> first_new(
    const Space& space, const View& view, const std::function<std::optional<Variation>()>& draw);

/// The first of the space's starts that is neither known nor beyond a limit; origin `start`.
[[nodiscard]] std::optional<Suggestion> new_start(const Space& space, const View& view);

/// `mutations` of them in a row, with the edits of all; nothing where the space runs out of them.
[[nodiscard]] std::optional<Variation> mutated(const Space& space, const Genome& genome,
                                               int mutations, Random& random);

/// A new mutation of a parent that `choose` draws: one edit away, or where that gives nothing new,
/// two or three. Origin `mutate`.
[[nodiscard]] std::optional<Suggestion> new_mutant(const Space& space, const View& view,
                                                   Random& random,
                                                   const std::function<std::size_t()>& choose);

/// A new sample from all over the space. Where samples give nothing new and the space can be
/// enumerated, the next new candidate from a random number on, so that a small space is used up to
/// the last one. Its origin is `origin`.
[[nodiscard]] std::optional<Suggestion> new_sample(const Space& space, const View& view,
                                                   Random& random,
                                                   const std::string& origin = "random");

/// Why new_sample() found nothing: all of the space is known, or samples are.
[[nodiscard]] std::string used_up(const Space& space);

}  // namespace lamarck::search
