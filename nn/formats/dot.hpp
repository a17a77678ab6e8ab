// An architecture as Graphviz DOT: one box a node with its options, shape, MACs and parameters.
#pragma once
#include <string>

#include "nn/architecture.hpp"

namespace lamarck::nn {
[[nodiscard]] std::string to_dot(const Architecture& architecture);
}  // namespace lamarck::nn
