// Random search without replacement: J. Bergstra and Y. Bengio, "Random search for hyper-parameter
// optimization", JMLR 13, 2012. The starts come first; a space that can be enumerated is used up to
// its last candidate.
#pragma once
#include <memory>

#include "search/methods.hpp"

namespace lamarck::search {
[[nodiscard]] std::unique_ptr<Searcher> make_random(const Space&, const Objectives&,
                                                    const MethodOptions&);
}  // namespace lamarck::search
