// Whether training has gone wrong for good, so that no more time is spent on it.
//
// Thread safety: one thread at a time.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

namespace lamarck::nn {

/// Watches the loss of each batch.
class DivergenceGuard {
 public:
  /// \param ignorant the loss of a network that has learnt nothing: ln classes, or the variance of
  ///   the targets. What inherits starts far below it, and may rise above ten times that unharmed.
  explicit DivergenceGuard(double ignorant) : start_{ignorant} {}

  /// What is wrong, or nothing: a loss that is not finite, or, after a few steps, is above ten
  /// times the larger of the first loss and `ignorant`.
  [[nodiscard]] std::optional<std::string> watch(double loss);

 private:
  static constexpr std::size_t kFewSteps = 5;
  static constexpr double kTimes = 10.0;
  double start_;
  std::size_t steps_ = 0;
};

}  // namespace lamarck::nn
