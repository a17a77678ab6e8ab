#include "kernels/simd/dropout_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

using EightBits = std::uint32_t __attribute__((vector_size(32)));

/// C. Wellons' lowbias32, a permutation of 32 bits with little bias in either direction.
template <class Bits>
LAMARCK_INLINE void mix(Bits& x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
}

/// The draws for the numbers in `x`.
template <class Bits>
LAMARCK_INLINE void draw(const DropoutMask& mask, Bits& x) {
  x += mask.first_key;
  mix(x);
  x ^= mask.second_key;
  mix(x);
}

void drop(const DropoutMask& mask, const float* src, float* dst, std::int64_t size) {
  const DropoutMask m = mask;
  const Eight zero{};
  EightBits number{0, 1, 2, 3, 4, 5, 6, 7};
  std::int64_t i = 0;
  for (; i + 8 <= size; i += 8) {
    EightBits x = number;
    draw(m, x);
    at(dst + i) = x >= m.threshold ? at(src + i) * m.factor : zero;
    number += 8;
  }
  for (; i < size; ++i) {
    auto x = static_cast<std::uint32_t>(i);
    draw(m, x);
    dst[i] = x >= m.threshold ? src[i] * m.factor : 0.0F;
  }
}

}  // namespace

const DropoutPasses kDropoutPasses{.drop = drop};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
