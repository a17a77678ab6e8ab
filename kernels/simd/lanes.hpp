// Eight floats at once. Sources in this folder are compiled once for each instruction set
// (LAMARCK_ISA names it); they do the same arithmetic in the same order in all of them, but for
// those that live on fused multiply-adds (registers.hpp).
//
// What they include must not define functions with external linkage: the linker would keep one of
// the versions, perhaps one that the CPU cannot run. Hence no standard library here.
#pragma once
#include <cstdint>

#ifndef LAMARCK_ISA
#define LAMARCK_ISA baseline
#endif

namespace lamarck::kernels::simd {

using Eight = float __attribute__((vector_size(32)));
/// The same in memory, at any address of a float.
using EightInMemory = float __attribute__((vector_size(32), aligned(4), may_alias));

// Vectors travel by reference: as arguments and results they would meet another calling convention
// in each instruction set.
#define LAMARCK_INLINE __attribute__((always_inline)) inline

namespace {
LAMARCK_INLINE const EightInMemory& at(const float* p) {
  return *reinterpret_cast<const EightInMemory*>(p);
}
LAMARCK_INLINE EightInMemory& at(float* p) { return *reinterpret_cast<EightInMemory*>(p); }
}  // namespace

/// A bf16 number in memory: the upper half of a float.
struct Bf16 {
  std::uint16_t bits;
};

namespace {
using EightWords = std::uint32_t __attribute__((vector_size(32)));
using EightHalves = std::uint16_t __attribute__((vector_size(16)));
using EightHalvesInMemory = std::uint16_t __attribute__((vector_size(16), aligned(2), may_alias));

/// Eight consecutive numbers of either type, as floats.
struct Read {
  Eight value;
  explicit LAMARCK_INLINE Read(const float* p) : value{at(p)} {}
  explicit LAMARCK_INLINE Read(const Bf16* p)
      : value{reinterpret_cast<Eight>(
            __builtin_convertvector(*reinterpret_cast<const EightHalvesInMemory*>(p), EightWords)
            << 16)} {}
};

LAMARCK_INLINE void write(float* p, const Eight& value) { at(p) = value; }
/// Rounds to nearest, ties to even; a NaN stays one.
LAMARCK_INLINE void write(Bf16* p, const Eight& value) {
  const auto bits = reinterpret_cast<EightWords>(value);
  const EightWords rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
  const EightWords whole = value == value ? rounded : (bits | 0x400000U);
  *reinterpret_cast<EightHalvesInMemory*>(p) = __builtin_convertvector(whole >> 16, EightHalves);
}
}  // namespace

/// Sixteen numbers, one a lane: what a pass adds up, or what it multiplies with.
constexpr std::int64_t kLanes = 16;
struct alignas(32) Lanes {
  float at[kLanes] = {};
};

}  // namespace lamarck::kernels::simd
