// Sums and what a ReLU lets through, over flat memory of floats or bf16. The count need not be a
// multiple of anything.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

template <class Element>
struct ElementwisePasses {
  /// dst = a + b, or relu of it; dst may be a or b.
  void (*add)(const Element* a, const Element* b, std::int64_t count, Element* dst);
  void (*add_relu)(const Element* a, const Element* b, std::int64_t count, Element* dst);
  /// diff_src = diff_dst where dst > 0, else 0; diff_src may be diff_dst.
  void (*relu_backward)(const Element* dst, const Element* diff_dst, std::int64_t count,
                        Element* diff_src);
};

/// Those for the CPU that oneDNN sees, of float or Bf16.
template <class Element>
[[nodiscard]] const ElementwisePasses<Element>& elementwise_passes();

namespace baseline {
extern const ElementwisePasses<float> kElementwisePasses;
extern const ElementwisePasses<Bf16> kBf16ElementwisePasses;
}  // namespace baseline
#if LAMARCK_AVX2
namespace avx2 {
extern const ElementwisePasses<float> kElementwisePasses;
extern const ElementwisePasses<Bf16> kBf16ElementwisePasses;
}  // namespace avx2
#endif

}  // namespace lamarck::kernels::simd
