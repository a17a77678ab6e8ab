#include "search/methods/surrogate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace lamarck::search {
namespace {

constexpr std::array kLengths{0.25, 0.5, 1.0, 2.0, 4.0, 8.0};  // of the mean squared distance
constexpr std::array kNoises{0.005, 0.03, 0.15};

double dot(const double* a, const double* b, std::size_t n) {
  // Four sums, so that the additions need not wait for each other.
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < n; ++i) s0 += a[i] * b[i];
  return (s0 + s1) + (s2 + s3);
}

using Rows = std::vector<std::vector<double>>;

// Adds a row to a Cholesky factor; `row` holds the kernel with all before and, last, with itself.
void append_row(Rows& factor, std::vector<double> row) {
  const std::size_t n = factor.size();
  for (std::size_t i = 0; i < n; ++i)
    row[i] = (row[i] - dot(factor[i].data(), row.data(), i)) / factor[i][i];
  row[n] = std::sqrt(std::max(row[n] - dot(row.data(), row.data(), n), 1e-10));
  factor.push_back(std::move(row));
}

// The next entry of factor^-1 times a vector whose further entry is `value`.
void append_half(const Rows& factor, std::vector<double>& half, double value) {
  const std::size_t n = half.size();
  half.push_back((value - dot(factor[n].data(), half.data(), n)) / factor[n][n]);
}

// Of values under a kernel matrix with this factor, but for a constant: the mean and the scale that
// make them most likely, and how likely that is.
struct Likelihood {
  double mean, scale, log;
};
Likelihood likelihood(const Rows& factor, const std::vector<double>& half_ones,
                      const std::vector<double>& half_values) {
  const std::size_t n = factor.size();
  const double mean =
      dot(half_ones.data(), half_values.data(), n) / dot(half_ones.data(), half_ones.data(), n);
  double squares = 0;
  double log_determinant = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double r = half_values[i] - mean * half_ones[i];
    squares += r * r;
    log_determinant += 2 * std::log(factor[i][i]);
  }
  const double scale = squares / static_cast<double>(n);
  return {mean, scale,
          -0.5 * (static_cast<double>(n) * std::log(std::max(scale, 1e-300)) + log_determinant)};
}

}  // namespace

void PackedPoints::add(std::span<const double> point) {
  if (size_ % kGroup == 0) {
    coordinates_.resize(coordinates_.size() + kGroup * point.size());
    squares_.resize(squares_.size() + kGroup);
  }
  double* group = coordinates_.data() + size_ / kGroup * kGroup * point.size();
  for (std::size_t i = 0; i < point.size(); ++i) {
    group[i * kGroup + size_ % kGroup] = point[i];
    squares_[size_] += point[i] * point[i];
  }
  ++size_;
}

// |a - b|^2 = |a|^2 + sum of b_i (b_i - 2 a_i).
std::vector<double> PackedPoints::squared_distances(std::span<const double> point) const {
  std::vector<double> distances = squares_;
  for (std::size_t first = 0; first < size_; first += kGroup) {
    double* sums = distances.data() + first;
    const double* group = coordinates_.data() + first * point.size();
    for (std::size_t c = 0; c < point.size(); ++c) {
      const double x = point[c];
      if (x == 0) continue;
      const double* others = group + c * kGroup;
      for (std::size_t i = 0; i < kGroup; ++i) sums[i] += x * (x - 2 * others[i]);
    }
  }
  distances.resize(size_);
  for (double& distance : distances) distance = std::max(distance, 0.0);
  return distances;
}

Surrogate::Shape Surrogate::shape_of(std::span<const std::vector<double>> points,
                                     std::span<const double> values) {
  std::vector<std::size_t> chosen;
  const std::size_t n = std::min(points.size(), kMostShaped);
  for (std::size_t i = 0; i < n; ++i) chosen.push_back(i * points.size() / n);
  Rows distances;
  PackedPoints before;
  double sum = 0;
  for (const std::size_t i : chosen) {
    distances.push_back(before.squared_distances(points[i]));
    for (const double distance : distances.back()) sum += distance;
    before.add(points[i]);
  }
  const double mean_distance =
      std::max(sum / std::max(1.0, static_cast<double>(n * (n - 1)) / 2), 1e-12);
  Shape best{mean_distance, kNoises.back()};
  double most = -std::numeric_limits<double>::infinity();
  for (const double length : kLengths) {
    Rows kernels(n);
    for (std::size_t i = 0; i < n; ++i)
      for (const double d : distances[i])
        kernels[i].push_back(std::exp(-d / (length * mean_distance)));
    for (const double noise : kNoises) {
      Rows factor;
      std::vector<double> half_ones;
      std::vector<double> half_values;
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> row = kernels[i];
        row.push_back(1 + noise);
        append_row(factor, std::move(row));
        append_half(factor, half_ones, 1);
        append_half(factor, half_values, values[chosen[i]]);
      }
      const double log = likelihood(factor, half_ones, half_values).log;
      if (log > most) {
        most = log;
        best = {length * mean_distance, noise};
      }
    }
  }
  return best;
}

Surrogate::Surrogate(const Shape& shape, const std::vector<std::vector<double>>& points,
                     const std::vector<double>& values)
    : shape_{shape} {
  for (std::size_t i = 0; i < values.size(); ++i) append(points[i], values[i]);
  solve();
}

void Surrogate::add(std::span<const double> point, double value) {
  append(point, value);
  solve();
}

void Surrogate::append(std::span<const double> point, double value) {
  auto row = kernel(point);
  row.push_back(1 + shape_.noise);
  append_row(factor_, std::move(row));
  append_half(factor_, half_ones_, 1);
  append_half(factor_, half_values_, value);
  points_.add(point);
  values_.push_back(value);
}

void Surrogate::solve() {
  const auto fit = likelihood(factor_, half_ones_, half_values_);
  mean_ = fit.mean;
  scale_ = fit.scale;
  const std::size_t n = values_.size();
  weights_.assign(n, 0);
  for (std::size_t i = 0; i < n; ++i) weights_[i] = half_values_[i] - mean_ * half_ones_[i];
  for (std::size_t i = n; i-- > 0;) {
    weights_[i] /= factor_[i][i];
    for (std::size_t j = 0; j < i; ++j) weights_[j] -= factor_[i][j] * weights_[i];
  }
}

std::vector<double> Surrogate::kernel(std::span<const double> point) const {
  auto row = points_.squared_distances(point);
  for (double& one : row) one = std::exp(-one / shape_.length);
  return row;
}

double Surrogate::mean(std::span<const double> point) const {
  const auto row = kernel(point);
  return mean_ + dot(row.data(), weights_.data(), row.size());
}

Surrogate::Prediction Surrogate::predict(std::span<const double> point) const {
  auto row = kernel(point);
  const std::size_t n = row.size();
  const double mean = mean_ + dot(row.data(), weights_.data(), n);
  for (std::size_t i = 0; i < n; ++i)
    row[i] = (row[i] - dot(factor_[i].data(), row.data(), i)) / factor_[i][i];
  const double left = std::max(0.0, 1 - dot(row.data(), row.data(), n));
  return {mean, std::sqrt(scale_ * left)};
}

double Surrogate::smoothed(std::size_t number) const {
  return values_[number] - shape_.noise * weights_[number];
}

double Surrogate::noise() const { return std::sqrt(scale_ * shape_.noise); }

}  // namespace lamarck::search
