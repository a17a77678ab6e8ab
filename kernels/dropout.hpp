// Dropout over flat memory: dst[i] = keep(i) ? src[i] / (1 - rate) : 0.
//
// The mask is a hash of two keys and i, so backward draws the same one again and nothing is stored.
// Layouts do not matter: padding is zero and stays zero.
// Source: N. Srivastava et al., "Dropout", JMLR 15, 2014.
#pragma once
#include <cstdint>
#include <functional>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

struct DropoutKeys {
  std::uint32_t first = 0, second = 0;
};

/// Forward on values and backward on gradients alike; src and dst may be one memory. `keys` is
/// asked whenever the step runs. \throws std::invalid_argument unless both are f32 of one layout
/// and rate is in [0, 1]
[[nodiscard]] Step dropout(Memory src, Memory dst, float rate, std::function<DropoutKeys()> keys);

}  // namespace lamarck::kernels
