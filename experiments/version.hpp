// Which Lamarck this is.
#pragma once
#include <string_view>

namespace lamarck::experiments {
[[nodiscard]] std::string_view version();
}  // namespace lamarck::experiments
