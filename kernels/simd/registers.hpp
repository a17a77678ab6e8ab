// As many floats as a register holds, for passes that live on fused multiply-adds: unlike those on
// eight floats (lanes.hpp) they round differently in each instruction set.
//
// Only sources that are compiled once for each instruction set may include this.
#pragma once
#include "kernels/simd/lanes.hpp"
#ifdef __FMA__
#include <immintrin.h>
#endif

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

#ifdef __AVX512F__
constexpr int kWidth = 16;
#else
constexpr int kWidth = 8;
#endif

using Vector = float __attribute__((vector_size(4 * kWidth)));
using VectorInMemory = float __attribute__((vector_size(4 * kWidth), aligned(4), may_alias));
LAMARCK_INLINE const VectorInMemory& vector(const float* p) {
  return *reinterpret_cast<const VectorInMemory*>(p);
}
LAMARCK_INLINE VectorInMemory& vector(float* p) { return *reinterpret_cast<VectorInMemory*>(p); }

#if defined(__AVX512F__)
LAMARCK_INLINE Vector everywhere(float x) { return Vector(_mm512_set1_ps(x)); }
#elif defined(__FMA__)
LAMARCK_INLINE Vector everywhere(float x) { return Vector(_mm256_set1_ps(x)); }
#endif

// sum += a * b.
LAMARCK_INLINE void fused(Vector& sum, const Vector& a, const Vector& b) {
#if defined(__AVX512F__)
  sum = Vector(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(sum)));
#elif defined(__FMA__)
  sum = Vector(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(sum)));
#else
  sum += a * b;
#endif
}
LAMARCK_INLINE void fused(Vector& sum, const Vector& a, float b) {
#ifdef __FMA__
  fused(sum, a, everywhere(b));
#else
  sum += a * b;
#endif
}

}  // namespace
}  // namespace lamarck::kernels::simd::LAMARCK_ISA
