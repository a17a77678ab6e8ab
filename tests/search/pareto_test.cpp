#include "search/pareto.hpp"

#include <cmath>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

std::vector<Point> random_points(Random& random, std::size_t count, std::size_t objectives) {
  std::vector<Point> points(count);
  for (Point& p : points)
    for (std::size_t i = 0; i < objectives; ++i)
      p.push_back(static_cast<double>(random.below(8)) / 8);
  return points;
}

}  // namespace

TEST_CASE("the worked example of ranks", "[pareto]") {
  CHECK(pareto_ranks(std::vector<Point>{{1, 2}, {2, 1}, {3, 3}}) ==
        std::vector<std::size_t>{0, 0, 1});
  CHECK(pareto_ranks(std::vector<Point>{}).empty());
  CHECK(pareto_ranks(std::vector<Point>{{1, 1}, {1, 1}}) == std::vector<std::size_t>{0, 0});
}

TEST_CASE("ranks peel fronts off one after another", "[pareto]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random{seed};
    const auto points = random_points(random, 40, 1 + seed % 3);
    const auto ranks = pareto_ranks(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool beaten_just_before = ranks[i] == 0;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (!dominates(points[j], points[i])) continue;
        CHECK(ranks[j] < ranks[i]);
        beaten_just_before = beaten_just_before || ranks[j] + 1 == ranks[i];
      }
      CHECK(beaten_just_before);
    }
  }
}

TEST_CASE("crowding never divides by nothing and its ends are infinite", "[pareto]") {
  for (const double d : crowding_distances(std::vector<Point>{{1, 5}, {1, 5}, {1, 5}}))
    CHECK(d == 0);
  const auto distances = crowding_distances(std::vector<Point>{{0, 4}, {1, 2}, {4, 0}});
  CHECK(std::isinf(distances[0]));
  CHECK(distances[1] == Approx(2.0));
  CHECK(std::isinf(distances[2]));
}

TEST_CASE("hypervolumes of shapes that can be counted", "[pareto]") {
  CHECK(hypervolume(std::vector<Point>{{1}}, std::vector<double>{3}) == 2);
  CHECK(hypervolume(std::vector<Point>{{1, 2}, {2, 1}}, std::vector<double>{3, 3}) == 3);
  CHECK(hypervolume(std::vector<Point>{{4, 0}}, std::vector<double>{3, 3}) == 0);
  CHECK(hypervolume(std::vector<Point>{{0, 0, 0}, {0, 0, 0}}, std::vector<double>{2, 3, 4}) == 24);
  CHECK(hypervolume(std::vector<Point>{}, std::vector<double>{1, 1}) == 0);
}

TEST_CASE("hypervolumes of random sets agree with a count of cells", "[pareto]") {
  for (const std::size_t objectives : {2UL, 3UL, 4UL}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Random random{seed, "cells"};
      const auto points =
          random_points(random, 12, objectives);  // on a grid of eighths, so cells count exactly
      std::size_t cells = 0;
      const auto all = static_cast<std::size_t>(std::pow(8, objectives));
      for (std::size_t cell = 0; cell < all; ++cell) {
        std::size_t rest = cell;
        Point corner;
        for (std::size_t i = 0; i < objectives; ++i, rest /= 8)
          corner.push_back((static_cast<double>(rest % 8) + 0.5) / 8);
        for (const Point& p : points) {
          if (!dominates(p, corner)) continue;
          ++cells;
          break;
        }
      }
      CHECK(hypervolume(points, std::vector<double>(objectives, 1.0)) ==
            Approx(static_cast<double>(cells) / static_cast<double>(all)));
    }
  }
}

TEST_CASE("an estimated hypervolume is near the exact one and the same every time", "[pareto]") {
  for (const std::size_t objectives : {2UL, 3UL, 4UL}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      Random random{seed, "estimate"};
      const auto points = random_points(random, 12, objectives);
      const std::vector<double> reference(objectives, 1.0);
      const double estimate = hypervolume_estimate(points, reference);
      // Four standard errors of a share, of a box of volume 1 at most.
      CHECK(estimate == Approx(hypervolume(points, reference)).margin(4 * 0.5 / std::sqrt(1e5)));
      CHECK(estimate == hypervolume_estimate(points, reference));
    }
  }
  CHECK(hypervolume_estimate(std::vector<Point>{{0, 0}, {0, 0}}, std::vector<double>{2, 3}) == 6);
  CHECK(hypervolume_estimate(std::vector<Point>{{4, 0}}, std::vector<double>{3, 3}) == 0);
  CHECK(hypervolume_estimate(std::vector<Point>{}, std::vector<double>{3, 3}) == 0);
}

TEST_CASE("hypervolumes of more than three objectives are estimates", "[pareto]") {
  // On the simplex nothing dominates anything; each point's box is known, and so is the least.
  Random random{1, "many"};
  std::vector<Point> points;
  for (int i = 0; i < 300; ++i) {
    Point p(6);
    double sum = 0;
    for (double& x : p) sum += x = random.uniform();
    for (double& x : p) x /= sum;
    points.push_back(p);
  }
  const std::vector<double> reference(6, 1.0);
  const double all = hypervolume(points, reference);
  CHECK(all > hypervolume(std::vector<Point>{points[0]}, reference));
  CHECK(all < 1);
  CHECK(all == hypervolume_estimate(points, reference));
}

TEST_CASE("points that make no sense are named", "[pareto]") {
  CHECK_THROWS_AS(pareto_ranks(std::vector<Point>{{1, 2}, {1}}), std::invalid_argument);
  CHECK_THROWS_AS(pareto_ranks(std::vector<Point>{{std::nan("")}}), std::invalid_argument);
  CHECK_THROWS_AS(pareto_ranks(std::vector<Point>{{}}), std::invalid_argument);
}
