#include <algorithm>
#include <cmath>

#include "kernels/softmax.hpp"
#include "nn/proxies/detail/gradients.hpp"
#include "nn/training/loss.hpp"

namespace lamarck::nn::detail {

Network loss_gradients(const Model& model, const ProxyBatch& batch) {
  Network network{model, {.batch = batch.size, .winograd = batch.winograd}};
  std::ranges::copy(batch.images, network.input().begin());
  network.forward();
  if (batch.classes > 0)
    kernels::softmax_cross_entropy(network.output(), batch.labels,
                                   static_cast<std::size_t>(batch.classes), 0,
                                   network.output_gradient());
  else
    mean_squared_error(network.output(), batch.targets, network.output_gradient());
  network.backward();
  return network;
}

std::optional<double> sum_over_weights(
    Network& network,
    const std::function<double(std::span<const float>, std::span<const float>)>& of) {
  double sum = 0;
  for (const ParameterBlock& block : network.blocks())
    if (block.decayed)
      sum += of(network.parameters().subspan(block.offset, block.size),
                network.gradients().subspan(block.offset, block.size));
  if (!std::isfinite(sum)) return std::nullopt;
  return sum;
}

}  // namespace lamarck::nn::detail
