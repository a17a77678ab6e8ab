// Eight floats at once. Sources in this folder are compiled once for each instruction set
// (LAMARCK_ISA names it); they do the same arithmetic in the same order in all of them.
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

/// Sixteen numbers, one a lane: what a pass adds up, or what it multiplies with.
constexpr std::int64_t kLanes = 16;
struct alignas(32) Lanes {
  float at[kLanes] = {};
};

}  // namespace lamarck::kernels::simd
