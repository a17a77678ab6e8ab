// Asking for more memory than there is ends a process on Linux, not an allocation; so ask first.
//
// Thread safety: pure functions, but for what the system says now.
#pragma once
#include <cstddef>
#include <filesystem>
#include <istream>
#include <optional>
#include <string>

namespace lamarck::nn {

/// `MemAvailable` of a text like /proc/meminfo, in bytes, or nothing.
[[nodiscard]] std::optional<std::size_t> available_bytes(std::istream& meminfo);
/// What the control groups of a process may still take, by a text like /proc/self/cgroup and the
/// folder they are mounted in (versions 1 and 2): the least, over the groups it is in and those
/// around them, of the limit less what is in use and cannot be given back. Nothing without a limit.
[[nodiscard]] std::optional<std::size_t> group_bytes(std::istream& groups,
                                                     const std::filesystem::path& mounted);
/// Of this machine now, at most what its control groups leave; nothing where the system does not
/// say.
[[nodiscard]] std::optional<std::size_t> available_bytes();

/// `what` names who needs it: `network`. \throws IoError where more is needed than is available:
/// `network: needs 3.0 GiB, 1.0 GiB are free`
void check_memory(const std::string& what, std::size_t needed,
                  std::optional<std::size_t> available);

}  // namespace lamarck::nn
