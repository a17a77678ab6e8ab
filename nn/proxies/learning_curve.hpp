// Where a learning curve is heading: the score after more epochs, from those that are there.
//
// Of the power laws a - b epoch^-c (pow3 of T. Domhan et al., "Speeding up automatic hyperparameter
// optimization of deep neural networks by extrapolation of learning curves", IJCAI 2015) the one
// with c = 1, b fitted by least squares, drawn through the last score. A handful of noisy epochs
// cannot tell a third parameter: docs/search-methods.md has the figures.
//
// Thread safety: pure functions.
#pragma once
#include <span>

namespace lamarck::nn {

/// The score (larger is better, at most 1) expected after `epoch` epochs, from the scores after
/// epochs 1, 2, ... The last score where there is only one, where the curve does not rise, or where
/// `epoch` is not beyond them. A score that is not finite counts as the one before.
/// \throws std::invalid_argument without scores
/// Example: {0.5, 0.7} -> 0.9 - 0.4 / epoch, 0.8 after 4
[[nodiscard]] double extrapolated(std::span<const double> scores, double epoch);

}  // namespace lamarck::nn
