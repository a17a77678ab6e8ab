// The half of the canonical form that changes nodes: those that do nothing go, and what may be
// written in several ways is written in one.
#pragma once
#include "nn/architecture.hpp"

namespace lamarck::nn::detail {

/// Keeps ids and order. \throws std::invalid_argument as validate
[[nodiscard]] Architecture simplified(const Architecture& architecture);

}  // namespace lamarck::nn::detail
