// Costs as they are felt: by their logarithm. Networks on one front differ by orders of magnitude,
// and twice the multiply-adds are as much at either end.
//
// Thread safety: a value; const functions may be called at once.
#pragma once
#include <span>
#include <vector>

#include "search/objectives.hpp"
#include "search/pareto.hpp"

namespace lamarck::search {

class CostScale {
 public:
  /// Of the minimised objectives that the space knows as costs; the others stay as they are.
  CostScale(const Space& space, const Objectives& objectives);
  /// Makes the least cost above zero among these the unit.
  void fit(std::span<const Point> front);
  /// log(1 + value / unit): order stays, zero stays zero. Negative ones stay as they are.
  [[nodiscard]] double operator()(std::size_t objective, double value) const;
  [[nodiscard]] Point operator()(Point point) const;

 private:
  std::vector<double> units_;  // an objective; 0: not on a logarithmic scale
  std::vector<bool> costs_;
};

}  // namespace lamarck::search
