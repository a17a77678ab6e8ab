// Finalists: a few members of the front, retrained on all training images with several seeds and
// then, once, tested. Nothing that selects ever sees a test score: finalists are chosen by
// validation scores, before.
#pragma once
#include <vector>

#include "experiments/run.hpp"

namespace lamarck::experiments {

/// Retrains whatever is not in `store` yet, on `workers` workers. Each row depends on (experiment,
/// candidate, start, seed) alone. \returns false when stopped before all were done
bool retrain_finalists(const RunContext& context, search::Store& store,
                       const search::History& history, int workers);

}  // namespace lamarck::experiments
