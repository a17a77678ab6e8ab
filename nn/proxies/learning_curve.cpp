#include "nn/proxies/learning_curve.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace lamarck::nn {

double extrapolated(std::span<const double> scores, double epoch) {
  if (scores.empty()) throw std::invalid_argument("learning curve: no scores");
  std::vector<double> curve{scores.begin(), scores.end()};
  for (std::size_t i = 0; i < curve.size(); ++i)
    if (!std::isfinite(curve[i])) curve[i] = i > 0 ? curve[i - 1] : 0;
  const auto n = static_cast<double>(curve.size());
  if (curve.size() < 2 || !(epoch > n)) return curve.back();

  // Least squares of curve = a - b x, with x = 1 / epoch.
  const auto x = [](std::size_t i) { return 1 / static_cast<double>(i + 1); };
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    mean_x += x(i) / n;
    mean_y += curve[i] / n;
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    xx += (x(i) - mean_x) * (x(i) - mean_x);
    xy += (x(i) - mean_x) * (curve[i] - mean_y);
  }
  const double b = std::max(0.0, -xy / xx);
  return std::max(curve.back(), std::min(1.0, curve.back() + b * (1 / n - 1 / epoch)));
}

}  // namespace lamarck::nn
