// The epochs after which the values of learning curves were recorded: every one, or some, as 4, 12
// and 36.
//
// Thread safety: a value.
#pragma once
#include <cstddef>
#include <vector>

namespace lamarck::search {

/// No learning curve goes on for longer.
inline constexpr int kMostEpochs = 1'000'000;

class CurveEpochs {
 public:
  /// \param at ascending, from 1 on; empty: after every epoch. \throws std::invalid_argument
  explicit CurveEpochs(std::vector<int> at = {});

  /// The epoch of a point of the curves, counted from 0. \pre point < most_points()
  [[nodiscard]] int at(std::size_t point) const;
  /// How many points a long enough curve has after so many epochs.
  [[nodiscard]] std::size_t points(int epochs) const;
  /// No curve has more.
  [[nodiscard]] std::size_t most_points() const;

 private:
  std::vector<int> at_;
};

}  // namespace lamarck::search
