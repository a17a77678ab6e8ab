// The weight gradient of a convolution that reads few channels.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

/// One row of taps of a kernel, sliding over one padded channel of one image. Steps in floats.
struct TapRow {
  std::int64_t out_height = 1, out_width = 1;
  std::int64_t src_row = 1;     ///< from where one row of outputs reads to where the next does
  std::int64_t src_column = 1;  ///< the same for columns: the stride
  std::int64_t tap = 1;         ///< from one tap to the next: the dilation
  std::int64_t taps = 1;        ///< at most kMostTaps
  std::int64_t lanes = 8;       ///< from one pixel of diff to the next
};
constexpr std::int64_t kMostTaps = 7;

struct ThinConvPasses {
  std::int64_t width = 8;  ///< lanes at once
  /// sums[width t + l] += sum over outputs of diff[l] * src at tap t, for neighbouring lanes l.
  void (*add_tap_gradients)(const TapRow&, const float* src, const float* diff, float* sums);
};

/// Those for the CPU that oneDNN sees, at most so wide. \pre lanes is 8 or 16
[[nodiscard]] const ThinConvPasses& thin_conv_passes(std::int64_t lanes);

namespace baseline {
extern const ThinConvPasses kThinConvPasses;
}
#if LAMARCK_AVX2
namespace avx2 {
extern const ThinConvPasses kThinConvPasses;
}
#endif
#if LAMARCK_AVX512
namespace avx512 {
extern const ThinConvPasses kThinConvPasses;
}
#endif

}  // namespace lamarck::kernels::simd
