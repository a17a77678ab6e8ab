// Searches on toy spaces, and what tests of searchers ask of the histories.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "search/driver.hpp"
#include "search/methods.hpp"
#include "tests/support/toy_space.hpp"

namespace lamarck::test {

struct Searched {
  search::History history;
  search::DriverEnd end;
};

inline Searched searched(const search::Space& space, const search::Objectives& objectives,
                         const search::MethodOptions& options, std::size_t evaluations,
                         std::uint64_t seed = 1, std::size_t lookahead = 4,
                         const std::string& failing = {}) {
  MemoryJournal journal;
  BitEvaluator evaluator;
  evaluator.failing = failing;
  Searched result;
  const auto searcher = search::make_searcher(space, objectives, options);
  result.end = search::drive(space, *searcher, evaluator, objectives, journal, result.history,
                             {.seed = seed, .evaluations = evaluations, .lookahead = lookahead});
  return result;
}

/// The largest `score` there is; minus infinity where no candidate is done.
inline double best(const search::History& history) {
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t id = 0; id < history.size(); ++id)
    if (const auto* result = history.result(id); result && result->status == search::Status::done)
      best = std::max(best, result->metrics.at("score"));
  return best;
}

/// A suggestion with all that it says.
inline std::string told(const search::Suggested& suggested) {
  if (const auto* exhausted = std::get_if<search::Exhausted>(&suggested))
    return "exhausted: " + exhausted->reason;
  if (std::holds_alternative<search::Wait>(suggested)) return "wait";
  const auto& suggestion = std::get<search::Suggestion>(suggested);
  std::string text = suggestion.variation.genome.text + " " + suggestion.origin;
  for (const auto parent : suggestion.variation.parents) text += " of " + std::to_string(parent);
  for (const auto& edit : suggestion.variation.edits) text += " [" + edit + "]";
  if (suggestion.epochs > 0) text += " for " + std::to_string(suggestion.epochs);
  return text;
}

/// True where a searcher that has followed the whole history suggests, at every view, what a new
/// one does, and names the same possible parents; and where looking back changes nothing either.
template <class Make>
bool cache_equals_recomputation(const Make& make, const search::History& history,
                                std::size_t lookahead) {
  const auto kept = make();
  const auto same = [&](std::size_t proposals) {
    const search::View view{history, proposals, proposals > lookahead ? proposals - lookahead : 0};
    const auto fresh = make();
    Random one{7, "cache", proposals};
    Random two{7, "cache", proposals};
    return told(kept->propose(view, one)) == told(fresh->propose(view, two)) &&
           kept->possible_parents(view) == fresh->possible_parents(view);
  };
  for (std::size_t proposals = 0; proposals <= history.size(); ++proposals)
    if (!same(proposals)) return false;
  return same(history.size() / 2);
}

inline bool cache_equals_recomputation(const search::Space& space,
                                       const search::Objectives& objectives,
                                       const search::MethodOptions& options,
                                       const search::History& history, std::size_t lookahead) {
  return cache_equals_recomputation(
      [&] { return search::make_searcher(space, objectives, options); }, history, lookahead);
}

}  // namespace lamarck::test
