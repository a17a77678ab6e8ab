// What find_fault and infer_shapes are made of: one walk that infers every shape and stops at the
// first fault.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nn/architecture.hpp"

namespace lamarck::nn::detail {

struct Fault {
  std::optional<std::size_t> node;  ///< index of the node at fault; none: input, genes, no nodes
  std::string text;                 ///< with the node's id in front
};

/// Shapes of all nodes by index; of the nodes before the faulty one where there is a fault.
struct Inference {
  std::vector<Shape> shapes;
  std::optional<Fault> fault;
};

enum class Outputs {
  one,  ///< the last node is the only one that nobody reads
  any   ///< an architecture still being built
};
[[nodiscard]] Inference infer(const Architecture& architecture, Outputs outputs = Outputs::one);

/// The shape of node `id`, or of kInput, in an architecture that may still be in the making.
/// \throws std::invalid_argument with the first fault, or naming an unknown id
[[nodiscard]] Shape shape_of(const Architecture& architecture, std::string_view id);

/// `{16, 28, 28}`.
[[nodiscard]] std::string text(const Shape& shape);

}  // namespace lamarck::nn::detail
