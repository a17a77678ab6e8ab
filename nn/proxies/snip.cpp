#include <cmath>

#include "nn/proxies/detail/gradients.hpp"
#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn::detail {

std::optional<double> snip(const Model& model, const ProxyBatch& batch) {
  Network network = loss_gradients(model, batch);
  return sum_over_weights(network,
                          [](std::span<const float> weights, std::span<const float> gradients) {
                            double sum = 0;
                            for (std::size_t i = 0; i < weights.size(); ++i)
                              sum += std::abs(double{weights[i]} * gradients[i]);
                            return sum;
                          });
}

}  // namespace lamarck::nn::detail
