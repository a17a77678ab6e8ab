// The arithmetic of one optimiser step on a stretch of flat memory.
#pragma once
#include <cstddef>
#include <span>

#include "nn/training/optimizer.hpp"

namespace lamarck::nn::detail {

/// What is the same for all numbers of one step. Differences such as 1 - beta2 are taken in double:
/// in float, 1 - 0.999 is off by 5e-5 of itself.
struct StepNumbers {
  float rate = 0;
  float gradient_scale = 1;  ///< below 1 where the gradient is clipped
  float momentum = 0;
  float keep_first = 0, add_first = 0;    ///< beta1, 1 - beta1
  float keep_second = 0, add_second = 0;  ///< beta2 or alpha, 1 - it
  float corrected_rate = 0;               ///< rate / (1 - beta1^t)
  float root_correction = 1;              ///< sqrt(1 - beta2^t)
  float epsilon = 0;
  float decay = 0;        ///< coupled: times the weight, added to the gradient
  float keep_weight = 1;  ///< decoupled: 1 - rate * weight decay
  float keep_average = 0, add_average = 0;
};

/// The weights and what belongs to each of them; null where the optimiser keeps none.
struct StepSpans {
  float* weights = nullptr;
  const float* gradients = nullptr;
  float* first = nullptr;               ///< momentum buffer or first moment
  float* second = nullptr;              ///< second moment
  float* average = nullptr;             ///< running average of the weights
  kernels::Bfloat16* halves = nullptr;  ///< the weights rounded to bf16
  std::size_t size = 0;
};

/// One pass over everything. (weight 0, gradient 0, state 0) stays 0.
void update(const OptimizerOptions& options, const StepNumbers& numbers, const StepSpans& spans);

/// Sum of squares, in a fixed order; not finite where a number is not.
[[nodiscard]] double squared_norm(std::span<const float> values);

}  // namespace lamarck::nn::detail
