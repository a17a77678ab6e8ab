#include <cmath>

#include "nn/proxies/detail/gradients.hpp"
#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn::detail {

std::optional<double> grad_norm(const Model& model, const ProxyBatch& batch) {
  Network network = loss_gradients(model, batch);
  return sum_over_weights(network, [](auto, std::span<const float> gradients) {
    double squares = 0;
    for (const double g : gradients) squares += g * g;
    return std::sqrt(squares);
  });
}

}  // namespace lamarck::nn::detail
