// How a network's training genes change the experiment's way of training.
//
// Thread safety: pure functions.
#pragma once
#include "nn/training/train.hpp"

namespace lamarck::nn {

/// `options` as this network wants them: `rate` and `weight_decay` are factors, `label_smoothing`
/// and `optimizer` replace. A rate belongs to its optimiser: one of another kind starts from that
/// kind's usual rate (0.1 for sgd, 0.001 for the others) times the gene's factor, with sgd's
/// momentum 0.9 and Nesterov, rmsprop's momentum 0; clipping, averaging and weight decay stay.
/// \throws std::invalid_argument for an optimiser of unknown name
[[nodiscard]] TrainOptions with_genes(TrainOptions options, const TrainingGenes& genes);

}  // namespace lamarck::nn
