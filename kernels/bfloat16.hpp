// bf16 in memory, f32 in registers: the upper half of a float. The same bits as simd::Bf16, which
// kernels/simd/ has for itself.
#pragma once
#include <bit>
#include <cstdint>

namespace lamarck::kernels {

struct Bfloat16 {
  std::uint16_t bits = 0;

  Bfloat16() = default;
  /// Rounds to nearest, ties to even; a NaN stays one.
  explicit Bfloat16(float x) {
    const auto full = std::bit_cast<std::uint32_t>(x);
    if (x != x)
      bits = static_cast<std::uint16_t>((full >> 16) | 0x40U);
    else
      bits = static_cast<std::uint16_t>((full + 0x7fffU + ((full >> 16) & 1U)) >> 16);
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

}  // namespace lamarck::kernels
