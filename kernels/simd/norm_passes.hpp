// The passes over memory that batch normalisation is made of. Each goes over `count` consecutive
// elements, floats or bf16, a multiple of 8, in which element i belongs to lane i % 16. The
// arithmetic is in floats for both.
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

template <class Element>
struct NormPasses {
  /// Adds x - pilot and its square to the sums, lane by lane. A pilot close to the mean keeps the
  /// digits of the variance.
  void (*add_moments)(const Element* x, std::int64_t count, const Lanes& pilot, Lanes& sum,
                      Lanes& squares);
  /// dst = affine(src), or relu of it; dst may be src.
  void (*normalise)(const Element* src, std::int64_t count, const Affine&, Element* dst);
  void (*normalise_relu)(const Element* src, std::int64_t count, const Affine&, Element* dst);
  /// dst = affine(src) + other, or relu of it; dst may be either.
  void (*normalise_add)(const Element* src, const Element* other, std::int64_t count, const Affine&,
                        Element* dst);
  void (*normalise_add_relu)(const Element* src, const Element* other, std::int64_t count,
                             const Affine&, Element* dst);
  /// Adds diff and diff * (src - centre) to the sums.
  void (*add_gradients)(const Element* src, const Element* diff, std::int64_t count,
                        const Lanes& centre, Lanes& sum, Lanes& products);
  /// The same of diff where affine(src) > 0.
  void (*add_gradients_relu)(const Element* src, const Element* diff, std::int64_t count,
                             const Lanes& centre, const Affine&, Lanes& sum, Lanes& products);
  /// The same of diff where dst > 0, which goes to `masked` (it may be diff).
  void (*add_gradients_masked)(const Element* src, const Element* diff, const Element* dst,
                               std::int64_t count, const Lanes& centre, Element* masked, Lanes& sum,
                               Lanes& products);
  /// diff_src may be diff.
  void (*differentiate)(const Element* src, const Element* diff, std::int64_t count,
                        const Differential&, Element* diff_src);
  /// The same of diff where affine(src) > 0.
  void (*differentiate_relu)(const Element* src, const Element* diff, std::int64_t count,
                             const Affine&, const Differential&, Element* diff_src);
};

/// Those for the CPU that oneDNN sees (ONEDNN_MAX_CPU_ISA limits both), of float or Bf16.
template <class Element>
[[nodiscard]] const NormPasses<Element>& norm_passes();

namespace baseline {
extern const NormPasses<float> kNormPasses;
extern const NormPasses<Bf16> kBf16NormPasses;
}  // namespace baseline
#if LAMARCK_AVX2
namespace avx2 {
extern const NormPasses<float> kNormPasses;
extern const NormPasses<Bf16> kBf16NormPasses;
}  // namespace avx2
#endif

}  // namespace lamarck::kernels::simd
