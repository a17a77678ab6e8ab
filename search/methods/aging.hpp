// Regularised evolution: the population is the youngest candidates, so that none lives on by the
// luck of a single evaluation.
//
// Source: E. Real, A. Aggarwal, Y. Huang, Q. Le, "Regularized evolution for image classifier
// architecture search", AAAI 2019, arXiv:1802.01548. Ours differs in two things: children are new
// (the paper evaluates equals again), and several objectives are ranked as in NSGA-II.
#pragma once
#include <memory>

#include "search/methods.hpp"

namespace lamarck::search {
/// The first `population` candidates are the starts and random samples. Then each is a mutation of
/// the best of `sample` members, drawn with replacement from the `population` youngest results.
[[nodiscard]] std::unique_ptr<Searcher> make_aging(const Space&, const Objectives&,
                                                   const MethodOptions&);
}  // namespace lamarck::search
