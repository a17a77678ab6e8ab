#include "kernels/detail/onednn.hpp"
#include "kernels/simd/norm_passes.hpp"

namespace lamarck::kernels::simd {
namespace {

// What oneDNN calls an instruction set has one bit more than those it holds.
[[maybe_unused]] bool has_avx2() {
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2;
}

}  // namespace

const NormPasses& norm_passes() {
#if LAMARCK_AVX2
  static const bool avx2 = has_avx2();
  if (avx2) return avx2::kNormPasses;
#endif
  return baseline::kNormPasses;
}

}  // namespace lamarck::kernels::simd
