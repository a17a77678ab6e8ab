// The canonical form: what ids, the order of commuting nodes and identity nodes do not change.
// Networks that are equal in this sense are found in the history rather than trained again.
#pragma once
#include <cstdint>
#include <string>

#include "nn/architecture.hpp"

namespace lamarck::nn {

/// The same network with identity nodes gone (activation identity, dropout 0, 1x1 stride-1 pooling,
/// flatten and global pooling of a vector, flatten before dense), defaults made explicit, nodes in
/// an order of their own and ids n1, n2, ... Inputs of add are a set; those of concat and scale
/// keep their order. Two nodes alike stay two: their weights are their own.
/// canonical(canonical(a)) == canonical(a). It is for comparing: where a flatten before dense went,
/// the dense weight has another shape than in `architecture`.
/// \throws std::invalid_argument as validate
[[nodiscard]] Architecture canonical(const Architecture& architecture);
/// stable_hash of the canonical form's text; equal for equal networks with equal genes.
[[nodiscard]] std::uint64_t canonical_hash(const Architecture& architecture);

}  // namespace lamarck::nn
