// Text that came from outside, fit to be quoted in a message of one line.
#pragma once
#include <string>
#include <string_view>

namespace lamarck::nn::detail {

/// At most 40 bytes of it, with `?` for what is not printable ASCII.
[[nodiscard]] inline std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string shown{text.substr(0, kLongest)};
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return text.size() > kLongest ? shown + "..." : shown;
}

}  // namespace lamarck::nn::detail
