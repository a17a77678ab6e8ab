// Running statistics of a normalisation, as PyTorch keeps them:
//   running = w * batch + (1 - w) * running, with the variance of the batch made unbiased.
#pragma once
#include "kernels/layout.hpp"
#include "kernels/step.hpp"
#include "nn/network/detail/run_state.hpp"

namespace lamarck::nn::detail {

struct StatisticsOperands {
  kernels::Memory mean, variance;  ///< of the batch, {c}; the variance biased
  kernels::Memory running_mean, running_variance;
};

/// `count` values went into each mean; a single one has no unbiased variance, and 0 is kept.
/// The weight w is state.norm_weight at the time of running.
[[nodiscard]] kernels::Step update_statistics(const StatisticsOperands& operands, double count,
                                              const RunState& state);

}  // namespace lamarck::nn::detail
