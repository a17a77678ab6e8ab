// Every candidate of a space that can be enumerated, each once, in the order of Space::nth. It goes
// on where the history ends: the next candidate is the first that is not known.
#pragma once
#include <memory>

#include "search/methods.hpp"

namespace lamarck::search {
/// Candidates beyond a limit are passed over. \throws ConfigError where the space cannot be
/// enumerated
[[nodiscard]] std::unique_ptr<Searcher> make_exhaustive(const Space&, const Objectives&,
                                                        const MethodOptions&);
}  // namespace lamarck::search
