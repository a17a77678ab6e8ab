// A searcher that looks before it leaps: of several suggestions of another searcher it takes the
// one that a cheap score likes best.
//
// It stays a pure function of the view and the stream, since the score is one of the genome.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "search/searcher.hpp"

namespace lamarck::search {

/// A guess at how good a genome is, larger is better, or nothing. Depends on the genome alone.
using CheapScore = std::function<std::optional<double>(const Genome&)>;

/// Asks `inner` up to `of` times, each with a stream of its own drawn from the proposal's, and
/// takes the suggestion with the largest score: of equal ones the first, those without a score
/// last. Suggestions of equal keys count once, and those that cost nothing (known, or beyond a
/// limit) not at all while there is another. Starts are taken unseen. Where the first answer is no
/// suggestion, that is the answer. Scores are kept, so a genome that comes again is not
/// scored again. \throws std::invalid_argument where of < 1 or there is no score
[[nodiscard]] std::unique_ptr<Searcher> make_prescreened(const Space& space,
                                                         std::unique_ptr<Searcher> inner,
                                                         CheapScore score, int of);

}  // namespace lamarck::search
