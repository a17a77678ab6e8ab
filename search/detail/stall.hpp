// Whether a search still gets anywhere.
//
// Thread safety: a value.
#pragma once
#include <cstddef>
#include <vector>

#include "search/growing_front.hpp"

namespace lamarck::search::detail {

/// Stalled: the last `evaluations` (duplicates and rejected candidates are none) have raised the
/// front's hypervolume by at most kLeastGain of it, as seen from the worst of every objective on
/// the front as it is or was, costs by their logarithm; where one number counts, have found nothing
/// better; while nobody keeps the bounds, have come no closer to them.
class Stall {
 public:
  static constexpr double kLeastGain = 1e-3;

  /// \pre evaluations > 0
  Stall(const Objectives& objectives, std::size_t evaluations);
  /// Judges by the first `results` results alone, whatever it was asked before. Never before
  /// there are more than `evaluations`. \pre none of them is missing
  [[nodiscard]] bool reached(const History& history, std::size_t results);

 private:
  void take_in(const Result& result);
  [[nodiscard]] bool gained() const;

  Objectives objectives_;
  std::size_t evaluations_;
  GrowingFront now_, before_;
  std::size_t seen_ = 0;
  std::vector<std::size_t> evaluated_;   // ids, ascending
  std::vector<double> least_violation_;  // of each and those before it; infinite without a score
  std::size_t judged_at_ = 0;            // results
  bool reached_ = false;
};

}  // namespace lamarck::search::detail
