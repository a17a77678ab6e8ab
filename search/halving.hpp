// Successive halving over any searcher: every candidate is trained for few epochs, and only the
// better ones of them go on, from their weights, to more.
//
// Sources: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
// optimization", AISTATS 2016 (successive halving); L. Li et al., "A system for massively parallel
// hyperparameter tuning", MLSys 2020 (ASHA, its asynchronous form); R. Schmucker et al.,
// "Multi-objective asynchronous successive halving", arXiv:2106.12639 (ranking by non-dominated
// sorting).
#pragma once
#include <memory>
#include <vector>

#include "search/objectives.hpp"
#include "search/searcher.hpp"

namespace lamarck::search {

struct HalvingOptions {
  /// Epochs that a candidate has been trained for in all at each rung; ascending, at least two.
  std::vector<int> rungs;
  double eta = 3;  ///< one in so many is promoted; > 1
  /// Asynchronous: whoever is among the best of its rung so far goes on at once, nobody waits. Else
  /// `bracket` candidates begin together, and the best of each rung go on when all of it are in.
  bool asynchronous = true;
  int bracket = 0;  ///< 0: as many as leave one at the top rung
  bool operator==(const HalvingOptions&) const = default;
};
/// least, least * eta, ... below `most`, and `most`, rounded. \pre 1 <= least < most, eta > 1
[[nodiscard]] std::vector<int> halving_rungs(int least, int most, double eta);

/// New candidates come from `inner`, trained to the first rung. A promotion is a proposal of origin
/// kPromote whose parent is the candidate as it was. Candidates of a rung are ranked as in NSGA-II:
/// bounds, Pareto rank, crowding distance. The best kPromotable of a rung are remembered and their
/// weights kept, so that no run keeps those of all it has tried.
/// \throws std::invalid_argument for options out of range
[[nodiscard]] std::unique_ptr<Searcher> make_halving(std::unique_ptr<Searcher> inner,
                                                     const Objectives& objectives,
                                                     const HalvingOptions& options);
inline constexpr std::size_t kPromotable = 128;

}  // namespace lamarck::search
