// Where a learning curve is heading: the score after more epochs, from those that are there.
//
// Source: T. Domhan et al., "Speeding up automatic hyperparameter optimization of deep neural
// networks by extrapolation of learning curves", IJCAI 2015: of its eleven families the power law
// with three parameters (pow3), fitted by least squares.
// Thread safety: pure functions.
#pragma once
#include <span>

namespace lamarck::nn {

/// The score expected after `epoch` epochs, from the scores after epochs 1, 2, ...: a - b
/// epoch^-c, the exponent from a grid over [0.05, 5], a and b >= 0 by least squares, and not above
/// 1. The last score where there are fewer than three, where no curve that rises fits, or where
/// `epoch` is not beyond them. Scores that are not finite count as the one before.
/// \throws std::invalid_argument without scores
[[nodiscard]] double extrapolated(std::span<const double> scores, double epoch);

}  // namespace lamarck::nn
