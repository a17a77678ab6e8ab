// The passes over memory that batch normalisation is made of. Each goes over `count` consecutive
// floats, a multiple of 8, in which element i belongs to lane i % 16.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

/// y = x * factor + offset.
struct Affine {
  Lanes factor, offset;
};
/// What a normalisation does to a gradient: diff_src = diff * gain + src * slope + offset.
struct Differential {
  Lanes gain, slope, offset;
};

struct NormPasses {
  /// Adds x - pilot and its square to the sums, lane by lane. A pilot close to the mean keeps the
  /// digits of the variance.
  void (*add_moments)(const float* x, std::int64_t count, const Lanes& pilot, Lanes& sum,
                      Lanes& squares);
  /// dst = affine(src), or relu of it; dst may be src.
  void (*normalise)(const float* src, std::int64_t count, const Affine&, float* dst);
  void (*normalise_relu)(const float* src, std::int64_t count, const Affine&, float* dst);
  /// dst = relu(affine(src) + other); dst may be either.
  void (*normalise_add_relu)(const float* src, const float* other, std::int64_t count,
                             const Affine&, float* dst);
  /// Adds diff and diff * (src - centre) to the sums.
  void (*add_gradients)(const float* src, const float* diff, std::int64_t count,
                        const Lanes& centre, Lanes& sum, Lanes& products);
  /// The same of diff where affine(src) > 0.
  void (*add_gradients_relu)(const float* src, const float* diff, std::int64_t count,
                             const Lanes& centre, const Affine&, Lanes& sum, Lanes& products);
  /// The same of diff where dst > 0, which goes to `masked` (it may be diff).
  void (*add_gradients_masked)(const float* src, const float* diff, const float* dst,
                               std::int64_t count, const Lanes& centre, float* masked, Lanes& sum,
                               Lanes& products);
  /// diff_src may be diff.
  void (*differentiate)(const float* src, const float* diff, std::int64_t count,
                        const Differential&, float* diff_src);
  /// The same of diff where affine(src) > 0.
  void (*differentiate_relu)(const float* src, const float* diff, std::int64_t count, const Affine&,
                             const Differential&, float* diff_src);
};

/// Those for the CPU that oneDNN sees (ONEDNN_MAX_CPU_ISA limits both).
[[nodiscard]] const NormPasses& norm_passes();

namespace baseline {
extern const NormPasses kNormPasses;
}
#if LAMARCK_AVX2
namespace avx2 {
extern const NormPasses kNormPasses;
}
#endif

}  // namespace lamarck::kernels::simd
