#include "kernels/detail/onednn.hpp"
#include "kernels/simd/bf16_passes.hpp"
#include "kernels/simd/dropout_passes.hpp"
#include "kernels/simd/elementwise_passes.hpp"
#include "kernels/simd/norm_passes.hpp"
#include "kernels/simd/pool_passes.hpp"
#include "kernels/simd/thin_conv_passes.hpp"
#include "kernels/simd/winograd_passes.hpp"

namespace lamarck::kernels::simd {
namespace {

// Names of instruction sets are sets of bits, each holding those of the sets it includes.
// ONEDNN_MAX_CPU_ISA limits what is seen here too.
bool has_avx2() {
  static const bool has = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2;
  return has;
}

// AVX2 with fused multiply-adds: passes that want them are compiled for both.
bool has_fused() {
  static const bool has = has_avx2() && __builtin_cpu_supports("fma");
  return has;
}

bool has_avx512() {
  static const bool has =
      (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
  return has;
}

template <class Passes>
const Passes& choose(const Passes& baseline, const Passes& with_avx2) {
  return has_avx2() ? with_avx2 : baseline;
}

}  // namespace

#if !LAMARCK_AVX2
namespace avx2 = baseline;
#endif

template <>
const ElementwisePasses<float>& elementwise_passes() {
  return choose(baseline::kElementwisePasses, avx2::kElementwisePasses);
}
template <>
const ElementwisePasses<Bf16>& elementwise_passes() {
  return choose(baseline::kBf16ElementwisePasses, avx2::kBf16ElementwisePasses);
}

const Bf16Passes& bf16_passes() { return choose(baseline::kBf16Passes, avx2::kBf16Passes); }

const DropoutPasses& dropout_passes() {
  return choose(baseline::kDropoutPasses, avx2::kDropoutPasses);
}
template <>
const NormPasses<float>& norm_passes() {
  return choose(baseline::kNormPasses, avx2::kNormPasses);
}
template <>
const NormPasses<Bf16>& norm_passes() {
  return choose(baseline::kBf16NormPasses, avx2::kBf16NormPasses);
}
template <>
const PoolPasses<float>& pool_passes() {
  return choose(baseline::kPoolPasses, avx2::kPoolPasses);
}
template <>
const PoolPasses<Bf16>& pool_passes() {
  return choose(baseline::kBf16PoolPasses, avx2::kBf16PoolPasses);
}

const WinogradPasses* winograd_passes(std::int64_t width) {
#if LAMARCK_AVX512
  if (width == avx512::kWinogradPasses.width && has_avx512()) return &avx512::kWinogradPasses;
#endif
#if LAMARCK_AVX2
  if (width == avx2::kWinogradPasses.width && has_fused()) return &avx2::kWinogradPasses;
#endif
  static_cast<void>(width);
  return nullptr;
}

const ThinConvPasses& thin_conv_passes(std::int64_t lanes) {
#if LAMARCK_AVX512
  if (lanes == avx512::kThinConvPasses.width && has_avx512()) return avx512::kThinConvPasses;
#endif
  static_cast<void>(lanes);
  return has_fused() ? avx2::kThinConvPasses : baseline::kThinConvPasses;
}

}  // namespace lamarck::kernels::simd
