#include "nn/network/free_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "kernels/error.hpp"

namespace lamarck::nn {
namespace {

// What the files of a control group are called.
struct GroupFiles {
  const char *limit, *used, *inactive, *active;  ///< the last two are keys of memory.stat
};
constexpr GroupFiles kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes",
                               "total_inactive_file", "total_active_file"};
constexpr GroupFiles kVersion2{"memory.max", "memory.current", "inactive_file", "active_file"};

// `max` and the like is no number.
std::optional<std::size_t> number_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (std::size_t number = 0; in >> number) return number;
  return std::nullopt;
}

std::size_t stat_of(const std::filesystem::path& file, const std::string& key) {
  std::ifstream in{file};
  std::size_t value = 0;
  for (std::string found; in >> found >> value;)
    if (found == key) return value;
  return 0;
}

std::optional<std::size_t> left_in(const std::filesystem::path& group, const GroupFiles& files) {
  const auto limit = number_in(group / files.limit);
  if (!limit) return std::nullopt;
  const std::size_t used = number_in(group / files.used).value_or(0);
  const auto stat = [&](const char* key) { return stat_of(group / "memory.stat", key); };
  const std::size_t cached = stat(files.inactive) + stat(files.active);  // of files
  const std::size_t kept = used - std::min(used, cached);
  return *limit - std::min(*limit, kept);
}

std::optional<std::size_t> least(std::optional<std::size_t> a, std::optional<std::size_t> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
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

// A line is `4:memory:/group`, in version 2 `0::/group`.
std::optional<std::size_t> group_bytes(std::istream& groups, const std::filesystem::path& mounted) {
  std::optional<std::size_t> left;
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool version2 = controllers == ",,";
    if (!version2 && controllers.find(",memory,") == std::string::npos) continue;
    const std::filesystem::path root = version2 ? mounted : mounted / "memory";
    std::filesystem::path group = std::filesystem::path{line.substr(second + 1)}.relative_path();
    while (true) {
      left = least(left, left_in(root / group, version2 ? kVersion2 : kVersion1));
      if (group.empty()) break;
      group = group.parent_path();
    }
  }
  return left;
}

std::optional<std::size_t> available_bytes() {
  std::ifstream meminfo{"/proc/meminfo"};
  std::ifstream groups{"/proc/self/cgroup"};
  return least(available_bytes(meminfo), group_bytes(groups, "/sys/fs/cgroup"));
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
