// Between floats and bf16, over flat memory.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

struct Bf16Passes {
  void (*widen)(const Bf16* src, std::int64_t count, float* dst);
  /// Rounds to nearest, ties to even; a NaN stays one.
  void (*narrow)(const float* src, std::int64_t count, Bf16* dst);
};

/// Those for the CPU that oneDNN sees.
[[nodiscard]] const Bf16Passes& bf16_passes();

namespace baseline {
extern const Bf16Passes kBf16Passes;
}
#if LAMARCK_AVX2
namespace avx2 {
extern const Bf16Passes kBf16Passes;
}
#endif

}  // namespace lamarck::kernels::simd
