// A network after one forward and backward pass of the loss on a batch.
#pragma once
#include <functional>

#include "nn/network/network.hpp"
#include "nn/proxies/proxy.hpp"

namespace lamarck::nn::detail {

/// Training mode: normalisations use the batch.
[[nodiscard]] Network loss_gradients(const Model& model, const ProxyBatch& batch);

/// The sum of `of(weights, gradients)` over the blocks of conv and dense weights, not of biases,
/// normalisations and gates. Padding in a block is 0 on both sides. Nothing where it is not finite.
[[nodiscard]] std::optional<double> sum_over_weights(
    Network& network,
    const std::function<double(std::span<const float>, std::span<const float>)>& of);

}  // namespace lamarck::nn::detail
