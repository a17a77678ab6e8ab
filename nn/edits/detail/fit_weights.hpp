// Weights of one architecture cut and padded to fit another.
#pragma once
#include <cstdint>

#include "nn/model.hpp"

namespace lamarck::nn::detail {

/// Makes the weights fit `after` where they do not: tensors of nodes that are gone go, those of
/// other sizes are cropped or padded (with zeros; norm scale and variance with 1), tensors that are
/// missing are drawn afresh from `seed`. Channels stay with what they stand for: each input of a
/// concatenation, and each channel of a flattened image, is cropped or padded by itself, so that
/// what stands behind it keeps its own weights. `before`: what the weights belonged to; nodes are
/// the same where their ids are.
void fit_weights(const Architecture& before, const Architecture& after, Weights& weights,
                 std::uint64_t seed);

}  // namespace lamarck::nn::detail
