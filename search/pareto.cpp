#include "search/pareto.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels/random.hpp"

namespace lamarck::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMostSlices = 100;  // of volumes in three dimensions

void check(std::span<const Point> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto where = [&] { return "pareto: point " + std::to_string(i); };
    if (points[i].empty() || points[i].size() != points[0].size())
      throw std::invalid_argument(where() + " has " + std::to_string(points[i].size()) +
                                  " objectives, expected " +
                                  std::to_string(std::max<std::size_t>(1, points[0].size())));
    for (const double x : points[i])
      if (std::isnan(x)) throw std::invalid_argument(where() + " has an objective that is NaN");
  }
}

// Area between the points' staircase and the reference. Points in ascending order of the first
// objective.
double area(std::span<const Point> sorted, std::span<const double> reference) {
  double sum = 0;
  double ceiling = reference[1];
  for (const Point& p : sorted) {
    if (p[1] >= ceiling) continue;
    sum += (reference[0] - p[0]) * (ceiling - p[1]);
    ceiling = p[1];
  }
  return sum;
}

// Slices along the last objective: between two neighbouring values of it, the volume is that of the
// points below, in one dimension less (HSO: L. While et al., IEEE Trans. Evol. Comput. 10(1),
// 2006).
double volume(std::vector<Point> points, std::span<const double> reference) {
  const std::size_t dimensions = reference.size();
  if (points.empty()) return 0;
  if (dimensions == 1) {
    double best = kInfinity;
    for (const Point& p : points) best = std::min(best, p[0]);
    return reference[0] - best;
  }
  if (dimensions == 2) {
    std::sort(points.begin(), points.end());
    return area(points, reference);
  }
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.back() < b.back(); });
  double sum = 0;
  std::vector<Point> below;
  for (std::size_t i = 0; i < points.size(); ++i) {
    Point projected(points[i].begin(), points[i].end() - 1);
    // A point that another one below already covers adds nothing to any later slice.
    const bool covered = std::any_of(below.begin(), below.end(), [&](const Point& other) {
      return other == projected || dominates(other, projected);
    });
    if (!covered) {
      std::erase_if(below, [&](const Point& other) { return dominates(projected, other); });
      below.push_back(std::move(projected));
    }
    const double top = i + 1 < points.size() ? points[i + 1].back() : reference.back();
    const double height = top - points[i].back();
    if (height > 0) sum += height * volume(below, reference.first(dimensions - 1));
  }
  return sum;
}

// The points that nothing dominates, of those better than the reference in everything.
std::vector<Point> within(std::span<const Point> points, std::span<const double> reference) {
  check(points);
  std::vector<Point> inside;
  for (const Point& p : points) {
    if (p.size() != reference.size())
      throw std::invalid_argument(
          "hypervolume: points and reference differ in the number of objectives");
    if (std::equal(p.begin(), p.end(), reference.begin(), std::less<>{})) inside.push_back(p);
  }
  std::vector<Point> front;
  for (const std::size_t i : pareto_front(inside)) front.push_back(inside[i]);
  return front;
}

// Of one or two objectives, in O(N log N). In lexicographic order nothing dominates what came
// before it, and of a front the last point has the lowest second objective, which rises from front
// to front: a point belongs to the first front whose last one does not dominate it.
std::vector<std::size_t> swept_ranks(std::span<const Point> points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return points[a] < points[b]; });
  std::vector<std::size_t> rank(points.size(), 0);
  std::vector<double> last;  // second objective, by front
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Point& point = points[order[i]];
    if (i > 0 && point == points[order[i - 1]]) {
      rank[order[i]] = rank[order[i - 1]];
      continue;
    }
    const auto front = std::upper_bound(last.begin(), last.end(), point.back());
    rank[order[i]] = static_cast<std::size_t>(front - last.begin());
    if (front == last.end())
      last.push_back(point.back());
    else
      *front = point.back();
  }
  return rank;
}

}  // namespace

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

std::vector<std::size_t> pareto_ranks(std::span<const Point> points) {
  check(points);
  if (!points.empty() && points[0].size() <= 2) return swept_ranks(points);
  const std::size_t n = points.size();
  std::vector<std::size_t> rank(n, 0);
  std::vector<std::size_t> dominators(n, 0);
  std::vector<std::vector<std::size_t>> dominated(n);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) {
      if (dominates(points[a], points[b])) {
        dominated[a].push_back(b);
        ++dominators[b];
      } else if (dominates(points[b], points[a])) {
        dominated[b].push_back(a);
        ++dominators[a];
      }
    }
  std::vector<std::size_t> current;
  for (std::size_t i = 0; i < n; ++i)
    if (dominators[i] == 0) current.push_back(i);
  for (std::size_t front = 0; !current.empty(); ++front) {
    std::vector<std::size_t> next;
    for (const std::size_t i : current) {
      rank[i] = front;
      for (const std::size_t j : dominated[i])
        if (--dominators[j] == 0) next.push_back(j);
    }
    current = std::move(next);
  }
  return rank;
}

std::vector<std::size_t> pareto_front(std::span<const Point> points) {
  check(points);
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return points[a] < points[b]; });
  // In lexicographic order nothing that comes later dominates what came before.
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    const bool beaten = std::any_of(front.begin(), front.end(), [&](std::size_t j) {
      return points[j] == points[i] || dominates(points[j], points[i]);
    });
    if (!beaten) front.push_back(i);
  }
  return front;
}

std::vector<double> crowding_distances(std::span<const Point> front) {
  check(front);
  std::vector<double> distances(front.size(), 0.0);
  if (front.empty()) return distances;
  std::vector<std::pair<double, std::size_t>> order(front.size());  // of equal values by number
  for (std::size_t m = 0; m < front[0].size(); ++m) {
    for (std::size_t i = 0; i < front.size(); ++i) order[i] = {front[i][m], i};
    std::sort(order.begin(), order.end());
    const double low = order.front().first;
    const double high = order.back().first;
    if (!(high > low)) continue;  // all tie: this objective tells nothing apart
    distances[order.front().second] = distances[order.back().second] = kInfinity;
    if (!std::isfinite(high - low)) continue;
    for (std::size_t i = 1; i + 1 < order.size(); ++i)
      distances[order[i].second] += (order[i + 1].first - order[i - 1].first) / (high - low);
  }
  return distances;
}

double hypervolume(std::span<const Point> points, std::span<const double> reference) {
  std::vector<Point> inside = within(points, reference);
  // Slicing above three objectives takes a volume in one dimension less for each point.
  const auto above = static_cast<double>(reference.size()) - 3;
  if (above > 0 && std::pow(static_cast<double>(inside.size()), above) > kMostSlices)
    return hypervolume_estimate(inside, reference);
  return volume(std::move(inside), reference);
}

double hypervolume_estimate(std::span<const Point> points, std::span<const double> reference,
                            std::size_t samples, std::uint64_t seed) {
  const std::vector<Point> inside = within(points, reference);
  if (inside.empty() || samples == 0) return 0;
  Point ideal = inside.front();
  for (const Point& p : inside)
    for (std::size_t i = 0; i < p.size(); ++i) ideal[i] = std::min(ideal[i], p[i]);
  double box = 1;
  for (std::size_t i = 0; i < ideal.size(); ++i) box *= reference[i] - ideal[i];
  Random random{seed, "hypervolume"};
  std::size_t dominated = 0;
  Point sample(ideal.size());
  for (std::size_t n = 0; n < samples; ++n) {
    for (std::size_t i = 0; i < sample.size(); ++i)
      sample[i] = random.uniform(ideal[i], reference[i]);
    dominated += std::any_of(inside.begin(), inside.end(), [&](const Point& p) {
      return std::equal(p.begin(), p.end(), sample.begin(), std::less_equal<>{});
    });
  }
  return box * static_cast<double>(dominated) / static_cast<double>(samples);
}

}  // namespace lamarck::search
