// Softmax, and softmax with cross-entropy in one pass, on plain {n, classes} f32 logits.
#pragma once
#include <cstddef>
#include <span>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

/// probabilities = softmax(logits), row by row; may be in place. Stable for large logits.
void softmax(std::span<const float> logits, std::size_t classes, std::span<float> probabilities);
/// diff_logits from diff_probabilities.
void softmax_backward(std::span<const float> probabilities,
                      std::span<const float> diff_probabilities, std::size_t classes,
                      std::span<float> diff_logits);

/// Mean over the rows of -sum_k t_k log softmax(logits)_k, with t = (1 - smoothing) one_hot(label)
/// + smoothing / classes (C. Szegedy et al., CVPR 2016). Where `diff_logits` is not empty it
/// receives (softmax - t) / rows. \throws std::invalid_argument where sizes disagree or a label is
/// out of range \returns the loss in nats
double softmax_cross_entropy(std::span<const float> logits, std::span<const int> labels,
                             std::size_t classes, double smoothing, std::span<float> diff_logits);
/// The same against rows of target probabilities, {n, classes}.
double softmax_cross_entropy(std::span<const float> logits, std::span<const float> targets,
                             std::size_t classes, std::span<float> diff_logits);

}  // namespace lamarck::kernels
