// Lamarck's own method: evolution over a front whose parents are drawn from its sparse regions,
// with a model that has learnt from the run so far choosing among many possible children, and
// repeated evaluation of a winner that luck may have made one.
//
// Sources: N. Srinivas et al., "Gaussian process optimization in the bandit setting", ICML 2010
// (the optimistic choice among children); E. Zitzler and S. Kuenzli, "Indicator-based selection in
// multiobjective search", PPSN VIII, 2004 (by how much one point must be moved to dominate).
// What each part is worth: docs/search-methods.md.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "search/methods.hpp"

namespace lamarck::search {

/// The parts that can be taken away, to see what each is worth.
struct LamarckParts {
  bool founders = true;   ///< samples and walks from the starts first; else evolution at once
  bool samples = true;    ///< half of the founders; else all are walks
  bool model = true;      ///< chooses among children; else the first new one is proposed
  bool optimism = true;   ///< the model's doubt counts in a child's favour; else its mean alone
  bool unguided = true;   ///< a tenth of the proposals, by chance; else the model always chooses
  bool density = true;    ///< parents from sparse regions of the front; else all alike
  bool crossover = true;  ///< children of two parents among the others
  bool repeats = true;    ///< of the best
};
struct LamarckPart {
  std::string_view name;
  bool LamarckParts::*part;
};
[[nodiscard]] std::span<const LamarckPart> lamarck_parts();

/// Proposals: the starts; founders, each a sample of the space or a walk of one to six mutations
/// from a start; then children. Up
/// to kPool distinct ones are drawn, each a mutation (in a row of one to four; one where children
/// inherit weights) or a crossover of members of a population of kPopulation, and the one that
/// promises most is proposed: by how much its optimistic estimate exceeds the best one known, or
/// would move the front. Costs that the space knows count by their logarithm (CostScale), here and
/// in the choice of parents; the others are estimated by a Gaussian process on Space::features, one
/// for each. Candidates that failed teach it nothing. Without features, or with too few results,
/// the first new child is proposed.
///
/// With one number to rank by, the best three are evaluated again (origin kRepeat) before a child
/// is proposed, the more often the longer the run: at proposal p the incumbent has been evaluated
/// p / 10 times or 8, those behind it half and a quarter as often; not while the incumbent leads by
/// two standard deviations of the noise that the model sees in evaluations. Only candidates whose
/// parents may still have weights are repeated.
[[nodiscard]] std::unique_ptr<Searcher> make_lamarck(const Space&, const Objectives&,
                                                     const MethodOptions&);
/// With some parts; `inherits` as MethodOptions has it.
[[nodiscard]] std::unique_ptr<Searcher> make_lamarck(const Space&, const Objectives&,
                                                     const LamarckParts&, bool inherits = false);
}  // namespace lamarck::search
