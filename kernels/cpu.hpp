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
/// Name and version of the kernel library with its threading: `oneDNN 2.6.3 (OpenMP)`.
[[nodiscard]] std::string kernel_library();

}  // namespace lamarck::kernels
