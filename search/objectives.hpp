// What a search is after: metrics to maximise or minimise, seen three ways (Pareto, weighted sum,
// reward with soft targets).
//
// Source of the reward: M. Tan et al., "MnasNet: Platform-aware neural architecture search for
// mobile", CVPR 2019, equations 2 and 3: accuracy * (cost / target)^w.
//
// Thread safety: values and pure functions.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/space.hpp"

namespace lamarck::search {

/// A soft bound. The reward is multiplied by (at / value)^power of what is minimised, by (value /
/// at)^power of what is maximised; `within` is the power while the target is met, `beyond` where it
/// is missed. The defaults trade a doubling of cost for about 5 % of accuracy, as the paper does;
/// {within 0, beyond 1} is its hard one.
struct Target {
  double at = 1;  ///< > 0
  double within = 0.07, beyond = 0.07;
  bool operator==(const Target&) const = default;
};

struct Objective {
  std::string metric;
  bool maximize = true;
  /// In weighted mode a factor on the metric's own scale; in target mode the power of what has no
  /// target.
  double weight = 1.0;
  /// What a candidate must reach to count (at least where maximised, at most where minimised).
  std::optional<double> bound = {};
  std::optional<Target> target = {};  ///< in target mode; what is minimised needs one there
  bool operator==(const Objective&) const = default;
};

enum class Ranking { pareto, weighted, target };
/// `pareto`, `weighted`, `target`.
[[nodiscard]] std::string_view name(Ranking ranking);

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
      point;  ///< a number an objective (maximised ones negated), the weighted sum, or -reward
  bool operator==(const Score&) const = default;
};
/// Nothing where a metric is missing or not finite. In target mode the reward is the product over
/// all objectives. Should something maximised be negative, as R2 may be, the sum of the negative
/// ones is the gain instead, divided by the penalties: costs still count against it, and any
/// candidate without is better. A ratio to a target counts as at least 1e-6.
[[nodiscard]] std::optional<Score> score(const Objectives&, const Metrics&);
/// Constrained domination: a violates less or, violating as much, dominates. A strict partial
/// order.
///
/// Source: K. Deb et al., NSGA-II, IEEE Trans. Evol. Comput. 6(2), 2002, section VI.
[[nodiscard]] bool better(const Score& a, const Score& b);

}  // namespace lamarck::search
