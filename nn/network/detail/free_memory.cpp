#include "nn/network/detail/free_memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "kernels/error.hpp"

namespace lamarck::nn::detail {

std::optional<std::size_t> available_bytes(std::istream& meminfo) {
  constexpr std::size_t kKiB = 1024;
  for (std::string key; meminfo >> key; meminfo.ignore(256, '\n')) {
    std::size_t kilobytes = 0;
    if (key == "MemAvailable:" && meminfo >> kilobytes) return kilobytes * kKiB;
  }
  return std::nullopt;
}

std::optional<std::size_t> available_bytes() {
  std::ifstream meminfo{"/proc/meminfo"};
  return available_bytes(meminfo);
}

void check_memory(std::size_t needed, std::optional<std::size_t> available) {
  if (!available || needed <= *available) return;
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  throw IoError(fmt::format("network: {:.1f} GiB of activations, {:.1f} GiB are free",
                            static_cast<double>(needed) / kGiB,
                            static_cast<double>(*available) / kGiB));
}

}  // namespace lamarck::nn::detail
