// Pareto ranking of scored candidates: fronts, crowding distance, hypervolume. Everything is
// minimised; nothing here knows what a network is.
//
// Source: K. Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
// Trans. Evol. Comput. 6(2), 2002, doi:10.1109/4235.996017. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lamarck::search {

using Point = std::vector<double>;

/// a is nowhere worse and somewhere better.
[[nodiscard]] bool dominates(std::span<const double> a, std::span<const double> b);
/// Front of every point: 0 means no other dominates it. Equal points share a front. O(N log N) for
/// one or two objectives, O(M N^2) for more.
/// \pre all points have the same number (>= 1) of objectives, none NaN
/// \throws std::invalid_argument naming the first point that breaks this
/// Example: {{1, 2}, {2, 1}, {3, 3}} -> {0, 0, 1}
[[nodiscard]] std::vector<std::size_t> pareto_ranks(std::span<const Point> points);
/// Indices of the non-dominated points; of equal points the first only. Sorted by the first
/// objective.
[[nodiscard]] std::vector<std::size_t> pareto_front(std::span<const Point> points);
/// Crowding distance within one front; infinity at its ends, an objective in which all tie adds
/// nothing.
[[nodiscard]] std::vector<double> crowding_distances(std::span<const Point> front);
/// Volume dominated by the points and bounded by `reference` (points beyond it count nothing).
/// Exact for 1, 2 and 3 objectives; above, exact for as few points as can be sliced quickly, else
/// estimated (hypervolume_estimate with its defaults).
[[nodiscard]] double hypervolume(std::span<const Point> points, std::span<const double> reference);
/// The same by Monte Carlo: the share of random points between the best of each objective and the
/// reference that are dominated. The standard error is at most half the volume of that box by the
/// root of `samples`. The same seed gives the same estimate.
[[nodiscard]] double hypervolume_estimate(std::span<const Point> points,
                                          std::span<const double> reference,
                                          std::size_t samples = 100000, std::uint64_t seed = 1);

}  // namespace lamarck::search
