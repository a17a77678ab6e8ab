// What a search is after: metrics to maximise or minimise, seen three ways (one number, weighted
// sum, Pareto).
//
// Thread safety: values and pure functions.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/space.hpp"

namespace lamarck::search {

struct Objective {
  std::string metric;
  bool maximize = true;
  double weight = 1.0;  ///< in weighted mode, on the metric's own scale
  /// What a candidate must reach to count (at least where maximised, at most where minimised).
  std::optional<double> bound = {};
  bool operator==(const Objective&) const = default;
};

enum class Ranking { pareto, weighted };

struct Objectives {
  std::vector<Objective> list;  ///< at least one
  Ranking ranking = Ranking::pareto;
  bool operator==(const Objectives&) const = default;
};

/// What candidates are ranked by; everything in it is minimised.
struct Score {
  double violation =
      0;  ///< sum of the relative distances to the bounds that are missed; 0: none is
  std::vector<double>
      point;  ///< a number an objective (maximised ones negated), or the weighted sum
  bool operator==(const Score&) const = default;
};
/// Nothing where a metric is missing or NaN.
[[nodiscard]] std::optional<Score> score(const Objectives&, const Metrics&);
/// Constrained domination: a violates less or, violating as much, dominates. A strict partial
/// order.
///
/// Source: K. Deb et al., NSGA-II, IEEE Trans. Evol. Comput. 6(2), 2002, section VI.
[[nodiscard]] bool better(const Score& a, const Score& b);

}  // namespace lamarck::search
