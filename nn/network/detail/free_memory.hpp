// Asking for more memory than there is ends a process on Linux, not an allocation; so ask first.
#pragma once
#include <cstddef>
#include <istream>
#include <optional>

namespace lamarck::nn::detail {

/// `MemAvailable` of a text like /proc/meminfo, in bytes, or nothing.
[[nodiscard]] std::optional<std::size_t> available_bytes(std::istream& meminfo);
/// Of this machine now; nothing where the system does not say.
[[nodiscard]] std::optional<std::size_t> available_bytes();

/// \throws IoError where more is needed than is available
void check_memory(std::size_t needed, std::optional<std::size_t> available);

}  // namespace lamarck::nn::detail
