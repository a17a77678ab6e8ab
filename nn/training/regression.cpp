#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "nn/training/metrics.hpp"

namespace lamarck::nn {
namespace {

std::vector<double> column_means(std::span<const float> values, std::size_t columns) {
  std::vector<double> means(columns, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) means[i % columns] += values[i];
  for (double& mean : means) mean /= static_cast<double>(values.size() / columns);
  return means;
}

}  // namespace

Regression regression(std::span<const float> outputs, std::span<const float> targets,
                      std::size_t columns) {
  if (columns == 0 || outputs.size() != targets.size() || targets.size() % columns != 0)
    throw std::invalid_argument(fmt::format("regression: {} outputs for {} targets in {} columns",
                                            outputs.size(), targets.size(), columns));
  Regression r;
  r.examples = targets.size() / columns;
  if (targets.empty()) return r;
  const std::vector<double> means = column_means(targets, columns);
  double residual = 0;
  double absolute = 0;
  double total = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double error = static_cast<double>(outputs[i]) - targets[i];
    const double from_mean = targets[i] - means[i % columns];
    residual += error * error;
    absolute += std::abs(error);
    total += from_mean * from_mean;
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!std::isfinite(residual)) return {r.examples, kInfinity, kInfinity, -kInfinity};
  r.mse = residual / static_cast<double>(targets.size());
  r.mae = absolute / static_cast<double>(targets.size());
  r.r2 = total > 0 ? 1 - residual / total : 0.0;
  return r;
}

}  // namespace lamarck::nn
