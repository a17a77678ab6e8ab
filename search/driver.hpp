// The driver: proposes, evaluates on workers, records; the same history for any number of workers.
//
// Proposal i is made when the results of all proposals below i - lookahead are in, and sees exactly
// those. Its random stream is (seed, "proposal", i). Candidates run on TBB workers in the order of
// their ids. A proposal that is known is a duplicate and one that breaks a limit is rejected: both
// are recorded and cost no evaluation. Nor does a candidate that its evaluator dismisses, from the
// first proposal on that sees it; the last ones of a budget may be dismissed when it is spent.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "search/evaluator.hpp"
#include "search/journal.hpp"
#include "search/searcher.hpp"

namespace lamarck::search {

struct DriverOptions {
  std::uint64_t seed = 1;
  std::size_t evaluations = 100;  ///< proposals that are trained (failed ones count)
  std::size_t epochs = 0;         ///< of all of them together; 0: no limit
  int epochs_each = 0;            ///< of a candidate for which the searcher names none
  std::size_t lookahead = 8;      ///< >= workers; part of the experiment, not of the machine
  int workers = 1;
  int threads = 1;          ///< that a candidate may use
  std::size_t stalled = 0;  ///< stop when so many evaluations in a row gained the front next to
                            ///< nothing (detail::Stall); 0: never
  double minutes = 0;       ///< stop proposing after this much wall clock; 0: never
};

struct DriverHooks {
  std::function<void(const Proposal&)> on_start = {};     ///< from a worker
  std::function<void(const Progress&)> on_progress = {};  ///< from a worker
  std::function<void(std::size_t id, const Result&, const History&)> on_result =
      {};                           ///< from the driving thread, after it is durable
  std::function<bool()> stop = {};  ///< asked often; true: finish nothing more, leave
};

enum class Stop { evaluations, epochs, exhausted, stalled, time, interrupted };
struct DriverEnd {
  Stop stop = Stop::evaluations;
  std::string reason;  ///< in words
};

/// Goes on from `history` (read from the journal, or empty): candidates without a result are
/// evaluated first. Weights no longer needed are dropped as it goes: kept are the front, possible
/// parents, parents of candidates in flight, and results the searcher has not seen yet. \throws
/// std::invalid_argument for workers > lookahead or < 1; what the journal throws (the run can be
/// resumed)
DriverEnd drive(const Space&, Searcher&, Evaluator&, const Objectives&, Journal&, History&,
                const DriverOptions&, const DriverHooks& = {});

}  // namespace lamarck::search
