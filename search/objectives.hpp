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
  bool operator==(const Objective&) const = default;
};

enum class Ranking { pareto, weighted };

struct Objectives {
  std::vector<Objective> list;  ///< at least one
  Ranking ranking = Ranking::pareto;
  bool operator==(const Objectives&) const = default;
};

/// The objective vector of these metrics, all to be minimised (maximised ones negated); nothing
/// where one is missing or NaN.
[[nodiscard]] std::optional<std::vector<double>> objective_vector(const Objectives&,
                                                                  const Metrics&);
/// One number to be minimised: the objective itself, or the weighted sum.
[[nodiscard]] std::optional<double> scalar(const Objectives&, const Metrics&);

}  // namespace lamarck::search
