// Counter-based random streams: the same (seed, purpose, index) gives the same numbers on every
// machine, in any order, on any worker.
//
// Generator: Philox4x32-10, J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011, doi:10.1145/2063384.2063405. The distributions are ours, since those of <random> differ
// between standard libraries. Thread safety: a Random belongs to one thread; making one is free.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace lamarck {

/// What a stream is for. Streams of different purposes are independent.
/// Any text will do, e.g. "proposal", "initialise", "shuffle"; it is hashed.
using Purpose = std::string_view;

/// A stream of random numbers. Copying one copies its position.
class Random {
 public:
  /// The stream `index` of `purpose` under `seed`.
  explicit Random(std::uint64_t seed, Purpose purpose = {}, std::uint64_t index = 0);

  /// 32 and 64 uniform bits.
  std::uint32_t bits32();
  std::uint64_t bits64();
  /// Uniform in [0, 1): 53 bits.
  double uniform();
  /// Uniform in [low, high). \pre low <= high
  double uniform(double low, double high);
  /// Uniform in [0, bound), without modulo bias. \pre bound > 0, else std::invalid_argument
  std::size_t below(std::size_t bound);
  /// True with this probability.
  bool chance(double probability);
  /// Normal with mean 0 and deviation 1 (Box-Muller; two uniforms a call, no state kept).
  double normal();
  /// An index drawn in proportion to its weight.
  /// \throws std::invalid_argument when weights are empty, negative, not finite or all zero
  std::size_t weighted(std::span<const double> weights);
  /// Fisher-Yates.
  template <class Range>
  void shuffle(Range& range) {
    for (std::size_t i = range.size(); i > 1; --i) std::swap(range[i - 1], range[below(i)]);
  }
  /// A seed for a stream of its own, e.g. one candidate's.
  std::uint64_t seed() { return bits64(); }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

/// A well-mixed 64-bit hash of bytes (FNV-1a, finished by the SplitMix64 mixer); stable for ever,
/// since file names and ids are made from it.
[[nodiscard]] std::uint64_t stable_hash(std::string_view bytes);

}  // namespace lamarck
