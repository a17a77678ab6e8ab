// Answers evaluations from a table instead of training.
//
// Thread safety: the evaluator may be called from several threads at once.
#pragma once
#include <memory>

#include "search/evaluator.hpp"
#include "search/table.hpp"

namespace lamarck::search {

struct TableEvaluatorOptions {
  int epochs = 0;  ///< of the learning curve; 0: all
};

/// Looks candidates up by Proposal::key. Which of the seeds it tells follows from Proposal::seed.
/// The result has the metrics as last recorded by the epoch asked for, those known beforehand, the
/// learning curve, and in `seconds` what the table says it took (0 where it does not say). A metric
/// that is NaN or infinite means that training diverged; a candidate that is not in the table
/// fails, and so does one that is asked for before the first epoch recorded.
[[nodiscard]] std::unique_ptr<Evaluator> make_table_evaluator(std::shared_ptr<const Table> table,
                                                              TableEvaluatorOptions options = {});

}  // namespace lamarck::search
