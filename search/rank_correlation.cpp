#include "search/rank_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace lamarck::search {
namespace {

constexpr std::size_t kLeast = 5;

void check(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    throw std::invalid_argument("correlation: " + std::to_string(a.size()) + " and " +
                                std::to_string(b.size()) + " numbers are no pairs");
  for (const auto side : {a, b})
    for (const double x : side)
      if (std::isnan(x)) throw std::invalid_argument("correlation: NaN has no rank");
}

// From 1; ties share their mean.
std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<double> result(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i)
      result[order[i]] = static_cast<double>(first + 1 + last) / 2;
    first = last;
  }
  return result;
}

// By the delta method from the variance of atanh(value).
Correlation with_error(double value, double variance) {
  value = std::clamp(value, -1.0, 1.0);
  return {value, (1 - value * value) * std::sqrt(variance)};
}

int sign(double x) { return (x > 0) - (x < 0); }

}  // namespace

std::optional<Correlation> spearman(std::span<const double> a, std::span<const double> b) {
  check(a, b);
  if (a.size() < kLeast) return std::nullopt;
  const auto x = ranks(a);
  const auto y = ranks(b);
  const auto n = static_cast<double>(a.size());
  const double mean = (n + 1) / 2;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  const double value = xy / std::sqrt(xx * yy);
  return with_error(value, (1 + value * value / 2) / (n - 3));
}

std::optional<Correlation> kendall(std::span<const double> a, std::span<const double> b) {
  check(a, b);
  if (a.size() < kLeast) return std::nullopt;
  double difference = 0;
  double untied_a = 0;
  double untied_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      // Compared, not subtracted: two infinities are a tie.
      const int x = a[i] == a[j] ? 0 : sign(a[i] - a[j]);
      const int y = b[i] == b[j] ? 0 : sign(b[i] - b[j]);
      difference += x * y;
      untied_a += x != 0;
      untied_b += y != 0;
    }
  if (untied_a == 0 || untied_b == 0) return std::nullopt;
  constexpr double kVariance = 0.437;
  return with_error(difference / std::sqrt(untied_a * untied_b),
                    kVariance / (static_cast<double>(a.size()) - 4));
}

}  // namespace lamarck::search
