// Whether this CPU, as far as oneDNN is let see it, computes by Winograd's method.
#pragma once
#include "kernels/simd/winograd_passes.hpp"

namespace lamarck::test {

inline bool has_winograd() { return kernels::simd::winograd_passes(8) != nullptr; }

}  // namespace lamarck::test
