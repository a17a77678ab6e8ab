// Zero-cost proxies: numbers computed from a network at its initialisation and one batch of
// training data, meant to rank networks as training would.
//
// Thread safety: pure functions; kernels run within the caller's thread budget.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nn/model.hpp"
#include "nn/training/train.hpp"

namespace lamarck::nn {

/// One batch of training examples, normalised, without augmentation.
struct ProxyBatch {
  int size = 0;
  int classes = 0;             ///< 0: numeric targets
  std::vector<float> images;   ///< {size, c, h, w}
  std::vector<int> labels;     ///< {size} where there are classes
  std::vector<float> targets;  ///< {size, target_size} else
  bool winograd = true;        ///< of the networks that go through it: see NetworkOptions
};
/// `size` examples drawn by `seed`; all of them where there are fewer.
/// \throws std::invalid_argument where size < 1 or there is no training data
[[nodiscard]] ProxyBatch proxy_batch(const TrainData& data, int size, std::uint64_t seed);

/// A row of the table of proxies.
struct ProxyKind {
  std::string_view name;
  std::string_view summary;  ///< one line for people
  /// Larger is better. Nothing where the network has no such number: it overflows, or there is
  /// nothing to compute it from.
  std::optional<double> (*score)(const Model& model, const ProxyBatch& batch);
};
/// naswot, synflow, snip, grad_norm, params, macs.
[[nodiscard]] std::span<const ProxyKind> proxy_kinds();
/// \throws std::invalid_argument for an unknown name
[[nodiscard]] const ProxyKind& proxy_kind(std::string_view name);

}  // namespace lamarck::nn
