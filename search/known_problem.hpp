// Search problems whose answer is known, and how far a history is from it: what searchers are
// measured by.
//
// A problem has one quality (`accuracy`, maximised, evaluated with noise) and one cost (`macs`,
// known beforehand). What a search chose by noisy values is judged by the values without noise.
//
// Thread safety: immutable but for the evaluator, which any number of threads may call.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "search/evaluator.hpp"
#include "search/objectives.hpp"
#include "search/pareto.hpp"
#include "search/space.hpp"
#include "search/table.hpp"

namespace lamarck::search {

struct KnownProblem {
  std::string name;
  std::shared_ptr<const Space> space;
  std::shared_ptr<Evaluator> evaluator;
  /// Without noise, by Space::key.
  std::function<double(const std::string& key)> accuracy;
  double best = 0;           ///< the highest accuracy there is
  std::vector<Point> front;  ///< all {macs, -accuracy} that nothing dominates
  Point reference;           ///< {macs, -accuracy}: bounds the hypervolume
};

/// `accuracy` alone, and `accuracy` against `macs`.
[[nodiscard]] Objectives single_objective();
[[nodiscard]] Objectives two_objectives();

/// A table as a problem: accuracy without noise is the mean over seeds. Entries that diverged with
/// every seed are not on its front.
/// \pre the table has `accuracy`, and `macs` known beforehand
/// \throws std::invalid_argument where all entries diverged
[[nodiscard]] KnownProblem table_problem(std::string name, const Slots& slots,
                                         std::shared_ptr<const Table> table, Point reference);

/// At each budget (ascending, in evaluations): best - accuracy of the incumbent, which is the
/// candidate with the highest observed accuracy (the mean of its evaluations, where it was
/// repeated), the first of equal ones. Before any is done, the
/// accuracy counts as 0. Histories that end early stay where they ended.
[[nodiscard]] std::vector<double> regrets(const KnownProblem& problem, const History& history,
                                          std::span<const std::size_t> budgets);
/// At each budget: the hypervolume of the front, chosen by observed accuracy and judged by the
/// accuracy without noise, as a share of that of the true front.
[[nodiscard]] std::vector<double> hypervolume_ratios(const KnownProblem& problem,
                                                     const History& history,
                                                     std::span<const std::size_t> budgets);

}  // namespace lamarck::search
