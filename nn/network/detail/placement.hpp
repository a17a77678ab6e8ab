// Where buffers lie in one arena: those that live at the same time never overlap.
//
// Greedy by size, best fit: Y. Pisarchyk and J. Lee, "Efficient memory management for deep neural
// net inference", MLSys workshop 2020. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace lamarck::nn::detail {

/// Every offset and size in an arena is a multiple of this.
inline constexpr std::size_t kAlignment = 64;

[[nodiscard]] constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// A buffer wanted from step `first` to step `last`, both included.
struct Lifetime {
  std::size_t bytes = 0, first = 0, last = 0;
  [[nodiscard]] bool meets(const Lifetime& other) const {
    return first <= other.last && other.first <= last;
  }
};

struct Placement {
  std::vector<std::size_t> offsets;  ///< by buffer
  std::size_t bytes = 0;             ///< of the whole arena
};

/// Largest buffers first, each into the tightest gap between those it meets. O(n^2 log n).
/// \throws std::invalid_argument where a buffer's last step is before its first
/// Example: {100 bytes, 0-1}, {100, 1-2}, {100, 2-3} -> offsets {0, 128, 0}, 256 bytes
[[nodiscard]] Placement place(std::span<const Lifetime> buffers);
/// No arena can be smaller: the most bytes alive at one step.
[[nodiscard]] std::size_t peak_bytes(std::span<const Lifetime> buffers);

}  // namespace lamarck::nn::detail
