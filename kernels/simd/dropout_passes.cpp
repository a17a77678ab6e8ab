#include "kernels/simd/dropout_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

/// C. Wellons' lowbias32, a permutation of 32 bits with little bias in either direction; plain
/// shifts, xors and multiplications, which compilers vectorise.
LAMARCK_INLINE std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ (x >> 16);
}

void drop(const DropoutMask& mask, const float* src, float* dst, std::int64_t size) {
  const DropoutMask m = mask;
#pragma GCC ivdep  // dst is src or lies apart from it
  for (std::int64_t i = 0; i < size; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const std::uint32_t draw = mixed(mixed(number + m.first_key) ^ m.second_key);
    const float kept = src[i] * m.factor;
    dst[i] = draw >= m.threshold ? kept : 0.0F;
  }
}

}  // namespace

const DropoutPasses kDropoutPasses{.drop = drop};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
