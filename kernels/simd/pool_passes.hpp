// Max pooling of one image's group of channels, 8 or 16 side by side, floats or bf16.
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
};

template <class Element>
struct PoolPasses {
  /// dst = the largest of each window, the first where several are, the last NaN where one is;
  /// `from`: which of the window's pixels it was, row by row.
  void (*max_forward)(const PoolWindow&, const Element* src, Element* dst, std::uint8_t* from);
  /// The same without `from`.
  void (*max_inference)(const PoolWindow&, const Element* src, Element* dst);
  /// diff_src = diff_dst where it came from, added up where windows overlap (each time rounded to
  /// an Element); 0 elsewhere.
  void (*max_backward)(const PoolWindow&, const Element* diff_dst, const std::uint8_t* from,
                       Element* diff_src);
};

/// Those for the CPU that oneDNN sees, of float or Bf16.
template <class Element>
[[nodiscard]] const PoolPasses<Element>& pool_passes();

namespace baseline {
extern const PoolPasses<float> kPoolPasses;
extern const PoolPasses<Bf16> kBf16PoolPasses;
}  // namespace baseline
#if LAMARCK_AVX2
namespace avx2 {
extern const PoolPasses<float> kPoolPasses;
extern const PoolPasses<Bf16> kBf16PoolPasses;
}  // namespace avx2
#endif

}  // namespace lamarck::kernels::simd
