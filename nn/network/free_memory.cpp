#include "nn/network/free_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "kernels/error.hpp"

namespace lamarck::nn {
namespace {

// Of the control group that a container is: version 2, then version 1. `max` and the like is no
// number.
std::optional<std::size_t> group_limit() {
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream in{file};
    if (std::size_t bytes = 0; in >> bytes) return bytes;
  }
  return std::nullopt;
}

}  // namespace

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
  const auto machine = available_bytes(meminfo);
  const auto group = group_limit();
  return machine && group ? std::min(*machine, *group) : machine;
}

void check_memory(const std::string& what, std::size_t needed,
                  std::optional<std::size_t> available) {
  if (!available || needed <= *available) return;
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  throw IoError(fmt::format("{}: needs {:.1f} GiB, {:.1f} GiB are free", what,
                            static_cast<double>(needed) / kGiB,
                            static_cast<double>(*available) / kGiB));
}

}  // namespace lamarck::nn
