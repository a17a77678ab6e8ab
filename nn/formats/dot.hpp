// An architecture as Graphviz DOT: one box a node with its options, shape, MACs and parameters.
#pragma once
#include <string>

#include "nn/architecture.hpp"

namespace lamarck::nn {
/// \throws std::invalid_argument as validate
[[nodiscard]] std::string to_dot(const Architecture& architecture);
}  // namespace lamarck::nn
