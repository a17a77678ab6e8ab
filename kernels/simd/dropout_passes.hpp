// Dropout over flat memory.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

struct DropoutMask {
  std::uint32_t first_key = 0, second_key = 0;  ///< what the draws are hashed with
  std::uint32_t threshold = 0;                  ///< draws below it are dropped
  float factor = 1;                             ///< of what is kept
};

struct DropoutPasses {
  /// dst[i] = draw(i) >= threshold ? src[i] * factor : 0; dst may be src.
  void (*drop)(const DropoutMask&, const float* src, float* dst, std::int64_t size);
};

/// Those for the CPU that oneDNN sees.
[[nodiscard]] const DropoutPasses& dropout_passes();

namespace baseline {
extern const DropoutPasses kDropoutPasses;
}
#if LAMARCK_AVX2
namespace avx2 {
extern const DropoutPasses kDropoutPasses;
}
#endif

}  // namespace lamarck::kernels::simd
