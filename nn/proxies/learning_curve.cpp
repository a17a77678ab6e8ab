#include "nn/proxies/learning_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace lamarck::nn {
namespace {

constexpr double kLeastExponent = 0.05, kMostExponent = 5;
constexpr int kExponents = 60;
constexpr std::size_t kLeastScores = 3;

struct Fit {
  double error = std::numeric_limits<double>::infinity();
  double at = 0;  ///< its value at the epoch asked for
};

// Least squares of scores = a - b x, with x = epoch^-c.
Fit fitted(std::span<const double> scores, double exponent, double epoch) {
  const auto n = static_cast<double>(scores.size());
  const auto x = [&](std::size_t i) { return std::pow(static_cast<double>(i + 1), -exponent); };
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    mean_x += x(i) / n;
    mean_y += scores[i] / n;
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    xx += (x(i) - mean_x) * (x(i) - mean_x);
    xy += (x(i) - mean_x) * (scores[i] - mean_y);
  }
  const double slope = xy / xx;  // -b
  Fit fit;
  if (!(slope < 0)) return fit;
  fit.error = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double off = scores[i] - mean_y - slope * (x(i) - mean_x);
    fit.error += off * off;
  }
  fit.at = mean_y + slope * (std::pow(epoch, -exponent) - mean_x);
  return fit;
}

}  // namespace

double extrapolated(std::span<const double> scores, double epoch) {
  if (scores.empty()) throw std::invalid_argument("learning curve: no scores");
  std::vector<double> curve{scores.begin(), scores.end()};
  for (std::size_t i = 0; i < curve.size(); ++i)
    if (!std::isfinite(curve[i])) curve[i] = i > 0 ? curve[i - 1] : 0;
  if (curve.size() < kLeastScores || !(epoch > static_cast<double>(curve.size())))
    return curve.back();
  Fit best;
  for (int i = 0; i < kExponents; ++i) {
    const double exponent = kLeastExponent * std::pow(kMostExponent / kLeastExponent,
                                                      static_cast<double>(i) / (kExponents - 1));
    const Fit fit = fitted(curve, exponent, epoch);
    if (fit.error < best.error) best = fit;
  }
  if (!std::isfinite(best.error)) return curve.back();
  return std::min(best.at, 1.0);
}

}  // namespace lamarck::nn
