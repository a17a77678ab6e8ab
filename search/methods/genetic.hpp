// A genetic algorithm without generations: each proposal is a child of the population as it stands,
// so no worker waits.
//
// Sources: K. Deb et al., IEEE Trans. Evol. Comput. 6(2), 2002 (ranking); J. Durillo et al.,
// EvoApplications 2009 (its steady-state form).
#pragma once
#include <memory>

#include "search/methods.hpp"

namespace lamarck::search {
/// The population is founded by the starts and by mutations of them. Then: tournaments choose the
/// parents; with probability `crossover` two of them are joined, else one is mutated. What is known
/// or beyond a limit is drawn again, at last with two and three mutations in a row.
[[nodiscard]] std::unique_ptr<Searcher> make_genetic(const Space&, const Objectives&,
                                                     const MethodOptions&);
}  // namespace lamarck::search
