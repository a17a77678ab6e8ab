#include "kernels/cpu.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "kernels/detail/onednn.hpp"

namespace lamarck::kernels {
namespace {

/// The value of the first line `key : value` of /proc/cpuinfo.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, key.size(), key) != 0) continue;
    if (line.find_first_not_of(" \t", key.size()) != colon) continue;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? std::string{} : line.substr(value);
  }
  return {};
}

bool has_word(const std::string& text, const std::string& wanted) {
  std::istringstream words(text);
  for (std::string word; words >> word;)
    if (word == wanted) return true;
  return false;
}

std::string kernel_isa() {
  constexpr std::string_view kPrefix = "cpu_isa_";
  std::string text = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa());
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  return text;
}

// Names of instruction sets are sets of bits, each holding those of the sets it includes.
bool sees(dnnl_cpu_isa_t isa) { return (dnnl_get_effective_cpu_isa() & isa) == isa; }

int usable_cores() {
  // A machine may have more processors than a fixed mask holds: ask with larger ones.
  for (int size = CPU_SETSIZE; size <= (1 << 20); size *= 2) {
    cpu_set_t* mask = CPU_ALLOC(static_cast<std::size_t>(size));
    if (!mask) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(size));
    const bool known = sched_getaffinity(0, bytes, mask) == 0;
    const int count = known ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (known && count > 0) return count;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Cpu this_cpu() {
  Cpu cpu;
  cpu.model = cpuinfo("model name");
  if (cpu.model.empty()) cpu.model = "unknown";
  cpu.cores = usable_cores();
  cpu.isa = kernel_isa();
  const std::string flags = cpuinfo("flags");
  cpu.amx_bf16 = has_word(flags, "amx_bf16");
  cpu.avx512_bf16 = has_word(flags, "avx512_bf16");
  return cpu;
}

bool computes_bf16() { return sees(dnnl_cpu_isa_avx512_core); }

int preferred_block() { return sees(dnnl_cpu_isa_avx512_core) ? 16 : 8; }

bool gains_by_bf16() { return sees(dnnl_cpu_isa_avx512_core_amx); }

std::string kernel_library() {
  const dnnl_version_t* version = dnnl_version();
#if LAMARCK_OPENMP
  constexpr const char* kThreading = "OpenMP";
#elif LAMARCK_TBB
  constexpr const char* kThreading = "TBB";
#else
  constexpr const char* kThreading = "sequential";
#endif
  return fmt::format("oneDNN {}.{}.{} ({})", version->major, version->minor, version->patch,
                     kThreading);
}

}  // namespace lamarck::kernels
