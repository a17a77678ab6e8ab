// The loss of one batch and its gradient. Cross-entropy is a kernel: kernels/softmax.hpp.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <span>

namespace lamarck::nn {

/// Mean over all elements of (output - target)^2; the gradient 2 (output - target) / elements goes
/// into `gradient` unless that is empty. \throws std::invalid_argument where sizes differ or are 0
double mean_squared_error(std::span<const float> outputs, std::span<const float> targets,
                          std::span<float> gradient);

/// Rows whose largest value is at their label (the first of equal ones), of {n, classes}.
/// \throws std::invalid_argument where sizes disagree
[[nodiscard]] std::size_t count_right(std::span<const float> logits, std::span<const int> labels,
                                      std::size_t classes);

}  // namespace lamarck::nn
