// Gaussian process regression against the textbook's formulas, solved by elimination.
#include "search/methods/surrogate.hpp"

#include <cmath>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

using Points = std::vector<std::vector<double>>;

Points random_points(std::size_t count, std::size_t size, Random& random) {
  Points points(count, std::vector<double>(size));
  for (auto& point : points)
    for (double& x : point) x = random.uniform();
  return points;
}

double covariance(const std::vector<double>& a, const std::vector<double>& b, double length) {
  double d = 0;
  for (std::size_t i = 0; i < a.size(); ++i) d += (a[i] - b[i]) * (a[i] - b[i]);
  return std::exp(-d / length);
}

// x with m x = b, by elimination with pivots.
std::vector<double> solved(Points m, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < n; ++i)
      if (std::abs(m[i][k]) > std::abs(m[pivot][k])) pivot = i;
    std::swap(m[k], m[pivot]);
    std::swap(b[k], b[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double f = m[i][k] / m[k][k];
      for (std::size_t j = k; j < n; ++j) m[i][j] -= f * m[k][j];
      b[i] -= f * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= m[k][j] * b[j];
    b[k] /= m[k][k];
  }
  return b;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Surrogate::Prediction naive(const Surrogate::Shape& shape, const Points& points,
                            const std::vector<double>& values, const std::vector<double>& at) {
  const std::size_t n = points.size();
  Points matrix(n, std::vector<double>(n));
  std::vector<double> near(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      matrix[i][j] = covariance(points[i], points[j], shape.length) + (i == j ? shape.noise : 0);
    near[i] = covariance(points[i], at, shape.length);
  }
  const std::vector<double> ones(n, 1);
  const double mean = dot(ones, solved(matrix, values)) / dot(ones, solved(matrix, ones));
  std::vector<double> centred = values;
  for (double& value : centred) value -= mean;
  const auto weights = solved(matrix, centred);
  const double scale = dot(centred, weights) / static_cast<double>(n);
  return {mean + dot(near, weights), std::sqrt(scale * (1 - dot(near, solved(matrix, near))))};
}

}  // namespace

TEST_CASE("a surrogate predicts what the textbook's formulas do", "[surrogate]") {
  Random random{static_cast<std::uint64_t>(GENERATE(range(0, 8)))};
  const std::size_t size = 1 + random.below(6);
  const Points points = random_points(2 + random.below(30), size, random);
  std::vector<double> values;
  for (const auto& point : points) values.push_back(std::sin(4 * point[0]) + random.uniform());
  const Surrogate::Shape shape{0.2 + random.uniform(), 0.01 + random.uniform() / 5};

  const Surrogate at_once{shape, points, values};
  Surrogate one_by_one{shape, {points[0]}, {values[0]}};
  for (std::size_t i = 1; i < points.size(); ++i) one_by_one.add(points[i], values[i]);
  for (const auto& at : random_points(10, size, random)) {
    const auto expected = naive(shape, points, values, at);
    const auto told = at_once.predict(at);
    CHECK(told.mean == Approx(expected.mean).epsilon(1e-8));
    CHECK(told.deviation == Approx(expected.deviation).epsilon(1e-6));
    CHECK(at_once.mean(at) == Approx(told.mean).epsilon(1e-12));
    CHECK(one_by_one.mean(at) == told.mean);
    CHECK(one_by_one.predict(at).deviation == told.deviation);
  }
  for (std::size_t i = 0; i < points.size(); ++i)
    CHECK(at_once.smoothed(i) == Approx(at_once.mean(points[i])).epsilon(1e-8));
}

TEST_CASE("a surrogate's shape tells smooth values from noise", "[surrogate]") {
  Random random{5};
  const Points points = random_points(60, 2, random);
  std::vector<double> smooth;
  std::vector<double> noise;
  for (const auto& point : points) {
    smooth.push_back(point[0] + point[1] * point[1]);
    noise.push_back(random.uniform());
  }
  CHECK(Surrogate::shape_of(points, smooth).noise < Surrogate::shape_of(points, noise).noise);
  // Of values that are all alike, any shape will do; none may fail.
  const Surrogate flat{Surrogate::shape_of(points, std::vector<double>(60, 2.0)), points,
                       std::vector<double>(60, 2.0)};
  CHECK(flat.predict(points[3]).mean == Approx(2));
  CHECK(flat.predict(points[3]).deviation >= 0);
}

TEST_CASE("packed points are as far away as each on its own", "[surrogate]") {
  Random random{7};
  for (const std::size_t size : {1, 2, 9, 40})
    for (const double zeros : {0.0, 0.7}) {
      Points points = random_points(100, size, random);
      for (auto& point : points)
        for (double& x : point)
          if (random.chance(zeros)) x = 0;
      PackedPoints packed;
      for (std::size_t n = 0; n < points.size(); ++n) {
        const std::vector<double> distances = packed.squared_distances(points[n]);
        REQUIRE(distances.size() == n);
        for (std::size_t i = 0; i < n; ++i) {
          double sum = 0;
          for (std::size_t c = 0; c < size; ++c)
            sum += (points[n][c] - points[i][c]) * (points[n][c] - points[i][c]);
          CHECK(distances[i] == Approx(sum).margin(1e-13));
          PackedPoints alone;
          alone.add(points[i]);
          CHECK(distances[i] == alone.squared_distances(points[n]).front());  // to the last bit
        }
        packed.add(points[n]);
      }
      CHECK(packed.size() == points.size());
    }
}
