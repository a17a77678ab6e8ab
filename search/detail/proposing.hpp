// From a view to a proposal, and what becomes of one that costs nothing: what the driver and the
// simulated clock have in common.
#pragma once
#include <cstdint>
#include <optional>
#include <variant>

#include "search/driver.hpp"

namespace lamarck::search::detail {

/// What is counted as proposals are made, so that what ends a search does not depend on timing.
struct Budget {
  std::size_t evaluations = 0, epochs = 0;  ///< of all evaluations; 0 epochs: no limit
};
/// Why there is no further proposal, before the searcher is even asked: the budget is spent as far
/// as the results below `results` tell, or too many in a row cost nothing.
[[nodiscard]] std::optional<DriverEnd> spent(const History& history, std::size_t results,
                                             const Budget& budget, std::size_t free_in_a_row);

/// Asks the searcher for proposal view.proposals(). Its stream is (seed, "proposal", id), the seed
/// of its evaluation comes from (seed, "candidate", id), or is that of the one promoted. A searcher
/// that waits although it sees every result is exhausted.
[[nodiscard]] std::variant<Proposal, DriverEnd, Wait> next_proposal(
    const Space& space, Searcher& searcher, const View& view, std::uint64_t seed, int epochs_each);

/// True where the proposal equals one before it and is not made again(): that one's result is its
/// own.
[[nodiscard]] bool is_duplicate(const History& history, const Proposal& proposal);
/// The result of a proposal that equals `first`.
[[nodiscard]] Result duplicate(std::size_t first, const Result& original);
/// The result of a proposal that breaks a limit; nothing where it keeps them.
[[nodiscard]] std::optional<Result> rejection(const Space& space, const Proposal& proposal);

/// What the evaluator says, with `costs` beside it. What it throws becomes a failed result, but for
/// an IoError, which is the system's fault: the next candidate would meet the same full disk.
[[nodiscard]] std::optional<Result> evaluated(Evaluator& evaluator, const Candidate& candidate,
                                              const Metrics& costs);

}  // namespace lamarck::search::detail
