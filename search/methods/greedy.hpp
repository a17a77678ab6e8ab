// Hill climbing with restarts. With several objectives it is Pareto local search: the hill is the
// set of candidates that nothing seen in this climb dominates. What is known is never tried again,
// so no neighbourhood is searched twice.
//
// Source: L. Paquete, M. Chiarandini, T. Stuetzle, "Pareto local optimum sets in the biobjective
// traveling salesman problem", Metaheuristics for Multiobjective Optimisation, 2004.
#pragma once
#include <memory>

#include "search/methods.hpp"

namespace lamarck::search {
/// The first climb begins where MethodOptions::from says: at the space's starts, at the smallest or
/// the largest candidate that walking from them by cost leads to, or at a random one. Then
/// neighbours of the newest candidate on the hill, in random order; with `first_improvement` it
/// moves on as soon as a better one is seen, else it finishes the neighbourhood it is in. Where the
/// hill has no new neighbour left, a random sample begins another climb. A candidate that is
/// trained further (kPromote) stays on the hill by what it was at first.
[[nodiscard]] std::unique_ptr<Searcher> make_greedy(const Space&, const Objectives&,
                                                    const MethodOptions&);
}  // namespace lamarck::search
