// What this CPU is and can do; recorded with runs and printed over benchmarks.
#pragma once
#include <string>

namespace lamarck::kernels {

struct Cpu {
  std::string model;  ///< as the system names it
  int cores = 1;      ///< usable by this process (its affinity mask)
  std::string isa;    ///< the best instruction set the kernels will use, e.g. `avx2`
  bool amx_bf16 = false, avx512_bf16 = false;
};

[[nodiscard]] Cpu this_cpu();
/// Whether oneDNN computes in bf16 on this CPU. Elsewhere convolution and dense emulate it.
[[nodiscard]] bool computes_bf16();
/// Whether bf16 is sure to be faster than f32 here. With AMX it is, by 3.7 to 4.9 times on
/// convolutions; what AVX-512's bf16 instructions are worth depends on the CPU, from half the speed
/// of f32 to a third more.
[[nodiscard]] bool gains_by_bf16();
/// How many channels the kernels of this CPU like side by side: 16 with AVX-512, else 8.
[[nodiscard]] int preferred_block();
/// Name and version of the kernel library with its threading: `oneDNN 2.6.3 (OpenMP)`.
[[nodiscard]] std::string kernel_library();

}  // namespace lamarck::kernels
