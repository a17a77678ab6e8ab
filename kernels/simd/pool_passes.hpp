// Max pooling of one image's group of channels, 8 or 16 side by side.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

struct PoolWindow {
  std::int64_t lanes = 8;
  std::int64_t in_height = 1, in_width = 1, out_height = 1, out_width = 1;
  std::int64_t kernel_height = 1, kernel_width = 1;  ///< together at most 256 pixels
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t pad_top = 0, pad_left = 0;
  /// Windows lie side by side and none reaches into the padding.
  [[nodiscard]] bool tiles() const {
    return kernel_height == stride_height && kernel_width == stride_width && pad_top == 0 &&
           pad_left == 0;
  }
};

struct PoolPasses {
  /// dst = the largest of each window, the first where several are; `from`: which of the window's
  /// pixels it was, row by row.
  void (*max_forward)(const PoolWindow&, const float* src, float* dst, std::uint8_t* from);
  /// The same without `from`.
  void (*max_inference)(const PoolWindow&, const float* src, float* dst);
  /// diff_src = diff_dst where it came from, added up where windows overlap; 0 elsewhere.
  void (*max_backward)(const PoolWindow&, const float* diff_dst, const std::uint8_t* from,
                       float* diff_src);
};

/// Those for the CPU that oneDNN sees.
[[nodiscard]] const PoolPasses& pool_passes();

namespace baseline {
extern const PoolPasses kPoolPasses;
}
#if LAMARCK_AVX2
namespace avx2 {
extern const PoolPasses kPoolPasses;
}
#endif

}  // namespace lamarck::kernels::simd
