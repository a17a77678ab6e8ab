#include "search/detail/proposing.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>

#include "kernels/error.hpp"

namespace lamarck::search::detail {
namespace {

constexpr std::size_t kMostFree = 1000;  // proposals in a row that cost nothing

// Results before `results` that cost nothing, in a row; no more than are too many.
std::size_t free_before(const History& history, std::size_t results) {
  std::size_t count = 0;
  while (count < std::min(results, kMostFree)) {
    const Status status = history.result(results - count - 1)->status;
    if (status != Status::rejected && status != Status::duplicate) break;
    ++count;
  }
  return count;
}

}  // namespace

std::optional<DriverEnd> spent(const History& history, std::size_t results, const Budget& budget,
                               std::size_t free_in_a_row) {
  if (history.evaluations(results) >= budget.evaluations)
    return DriverEnd{Stop::evaluations,
                     "all " + std::to_string(budget.evaluations) + " evaluations are done"};
  if (budget.epochs > 0 && history.epochs(results) >= budget.epochs)
    return DriverEnd{Stop::epochs, "all " + std::to_string(budget.epochs) + " epochs are trained"};
  if (free_in_a_row >= kMostFree)
    return DriverEnd{Stop::exhausted,
                     std::to_string(kMostFree) +
                         " proposals in a row were known already or beyond the limits; the space "
                         "seems used up"};
  if (free_before(history, results) >= kMostFree)
    return DriverEnd{Stop::exhausted, std::to_string(kMostFree) +
                                          " candidates in a row were not worth training, known "
                                          "already or beyond the limits"};
  return std::nullopt;
}

std::variant<Proposal, DriverEnd, Wait> next_proposal(const Space& space, Searcher& searcher,
                                                      const View& view, std::uint64_t seed,
                                                      int epochs_each) {
  const std::size_t id = view.proposals();
  Random random{seed, "proposal", id};
  Suggested suggested = searcher.propose(view, random);
  if (auto* exhausted = std::get_if<Exhausted>(&suggested))
    return DriverEnd{Stop::exhausted, std::move(exhausted->reason)};
  if (std::holds_alternative<Wait>(suggested)) {
    if (view.results() == id)
      return DriverEnd{Stop::exhausted, "the searcher waits although every result is in"};
    return Wait{};
  }
  auto& suggestion = std::get<Suggestion>(suggested);
  Proposal proposal{.id = id,
                    .genome = std::move(suggestion.variation.genome),
                    .key = {},
                    .parents = std::move(suggestion.variation.parents),
                    .edits = std::move(suggestion.variation.edits),
                    .origin = std::move(suggestion.origin),
                    .seed = Random{seed, "candidate", id}.seed(),
                    .epochs = suggestion.epochs > 0 ? suggestion.epochs : epochs_each};
  if (proposal.origin == kPromote) proposal.seed = view.proposal(proposal.parents.front()).seed;
  proposal.key = space.key(proposal.genome);
  return proposal;
}

bool is_duplicate(const History& history, const Proposal& proposal) {
  return *history.find(proposal.key) < proposal.id && !again(proposal);
}

Result duplicate(std::size_t first, const Result& original) {
  return {.status = Status::duplicate,
          .metrics = original.metrics,
          .message = "the same network as candidate " + std::to_string(first),
          .duplicate_of = first};
}

std::optional<Result> rejection(const Space& space, const Proposal& proposal) {
  auto reason = space.violation(proposal.genome);
  if (!reason) return std::nullopt;
  return Result{.status = Status::rejected,
                .metrics = space.costs(proposal.genome),
                .message = std::move(*reason)};
}

std::optional<Result> evaluated(Evaluator& evaluator, const Candidate& candidate,
                                const Metrics& costs) {
  std::optional<Result> result;
  const auto failed = [](std::string message) {
    return Result{.status = Status::failed, .metrics = {}, .message = std::move(message)};
  };
  try {
    result = evaluator.evaluate(candidate);
  } catch (const IoError&) {
    throw;
  } catch (const std::bad_alloc&) {
    result = failed("out of memory");
  } catch (const std::exception& error) {
    result = failed(error.what());
  } catch (...) {
    result = failed("an unknown error");
  }
  if (result)
    for (const auto& [name, value] : costs) result->metrics.try_emplace(name, value);
  return result;
}

}  // namespace lamarck::search::detail
