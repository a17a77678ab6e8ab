#include "kernels/simd/bf16_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

constexpr std::int64_t kEight = 8;

void widen(const Bf16* src, std::int64_t count, float* dst) {
  std::int64_t i = 0;
  for (; i + kEight <= count; i += kEight) write(dst + i, Read(src + i).value);
  if (i == count) return;
  Bf16 rest[kEight] = {};
  float wide[kEight];
  for (std::int64_t k = i; k < count; ++k) rest[k - i] = src[k];
  write(wide, Read(rest).value);
  for (std::int64_t k = i; k < count; ++k) dst[k] = wide[k - i];
}

void narrow(const float* src, std::int64_t count, Bf16* dst) {
  std::int64_t i = 0;
  for (; i + kEight <= count; i += kEight) write(dst + i, Read(src + i).value);
  if (i == count) return;
  float rest[kEight] = {};
  Bf16 half[kEight];
  for (std::int64_t k = i; k < count; ++k) rest[k - i] = src[k];
  write(half, Read(rest).value);
  for (std::int64_t k = i; k < count; ++k) dst[k] = half[k - i];
}

}  // namespace

const Bf16Passes kBf16Passes{.widen = widen, .narrow = narrow};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
