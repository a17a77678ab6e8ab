// Asking a space for something new: what is known or breaks a limit is drawn again, a bounded
// number of times.
#pragma once
#include <functional>
#include <optional>

#include "search/history.hpp"
#include "search/space.hpp"

namespace lamarck::search {

inline constexpr int kAttempts = 64;

/// The first variation that is neither known nor beyond a limit; nothing after kAttempts.
[[nodiscard]] std::optional<Variation> first_new(
    const Space& space, const View& view, const std::function<std::optional<Variation>()>& draw);

}  // namespace lamarck::search
