// Folding: in inference a normalisation is a fixed scale and shift per channel, which the
// convolution or dense layer before it can take into its weights:
//   weight' = weight * f, bias' = (bias - mean) * f + shift, with f = scale / sqrt(variance + eps)
//
// Thread safety: pure functions.
#pragma once
#include "nn/model.hpp"

namespace lamarck::nn::detail {

/// The same function without normalisations inside conv and dense nodes. Computed in double.
/// \pre the model is valid
[[nodiscard]] Model folded(const Model& model, double epsilon);

}  // namespace lamarck::nn::detail
