// What a network costs to run, for one image.
#pragma once
#include <cstdint>
#include <vector>

#include "nn/architecture.hpp"

namespace lamarck::nn {

struct Costs {
  std::int64_t macs = 0;  ///< multiply-adds of conv and dense alone; FLOPs = 2 x MACs
  std::int64_t params =
      0;  ///< learnt numbers: weights, biases, normalisation scale and shift, gates
  /// Most bytes of f32 activations alive at once in inference, nodes run in order, input included.
  /// A node's normalisation and activation are done in place; flatten and dropout make no tensor.
  std::int64_t peak_activation_bytes = 0;
  int depth = 0;  ///< conv and dense nodes on the longest path
  bool operator==(const Costs&) const = default;
};
/// Sums beyond 2^63 - 1 are that. \throws std::invalid_argument as validate
[[nodiscard]] Costs costs(const Architecture& architecture);

/// One row of the layer table, by node index.
struct NodeCosts {
  std::int64_t macs = 0, params = 0;
};
[[nodiscard]] std::vector<NodeCosts> node_costs(const Architecture& architecture);

}  // namespace lamarck::nn
