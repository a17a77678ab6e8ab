// The smallest or largest candidate that costs lead to, without an evaluation: where growing or
// shrinking begins.
//
// Thread safety: pure functions.
#pragma once
#include <optional>

#include "search/space.hpp"

namespace lamarck::search {

enum class Extreme { smallest, largest };

/// What "small" is measured by: `macs` where the space knows it beforehand, else `params`, else
/// the first cost by name; nothing where it knows none.
[[nodiscard]] std::optional<double> size_of(const Space& space, const Genome& genome);

/// From the smallest (largest) start within the limits, by mutations that each cost less (more),
/// until several in a row do not; nothing where the space knows no costs or every start breaks a
/// limit.
[[nodiscard]] std::optional<Genome> extreme(const Space& space, Extreme which, Random& random);

}  // namespace lamarck::search
