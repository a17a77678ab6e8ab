#include "nn/network/detail/statistics.hpp"

#include <fmt/format.h>

namespace lamarck::nn::detail {
namespace {

void mix(const float* batch, float factor, float weight, std::size_t size, float* running) {
  for (std::size_t c = 0; c < size; ++c)
    running[c] = weight * (batch[c] * factor) + (1.0F - weight) * running[c];
}

}  // namespace

kernels::Step update_statistics(const StatisticsOperands& operands, double count,
                                const RunState& state) {
  const auto floats = [](const kernels::Memory& memory) {
    return static_cast<float*>(memory.data);
  };
  const std::size_t size = operands.mean.layout.elements();
  const float unbiased = count > 1 ? static_cast<float>(count / (count - 1)) : 1.0F;
  return {fmt::format("running statistics c{}", size),
          [mean = floats(operands.mean), variance = floats(operands.variance),
           running_mean = floats(operands.running_mean),
           running_variance = floats(operands.running_variance), size, unbiased, &state] {
            mix(mean, 1.0F, state.norm_weight, size, running_mean);
            mix(variance, unbiased, state.norm_weight, size, running_variance);
          }};
}

}  // namespace lamarck::nn::detail
