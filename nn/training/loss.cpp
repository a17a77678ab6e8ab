#include "nn/training/loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace lamarck::nn {

double mean_squared_error(std::span<const float> outputs, std::span<const float> targets,
                          std::span<float> gradient) {
  if (outputs.size() != targets.size() || outputs.empty() ||
      (!gradient.empty() && gradient.size() != outputs.size()))
    throw std::invalid_argument(
        fmt::format("mean squared error: {} outputs, {} targets, {} gradients", outputs.size(),
                    targets.size(), gradient.size()));
  const auto count = static_cast<double>(outputs.size());
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double error = static_cast<double>(outputs[i]) - targets[i];
    sum += error * error;
    if (!gradient.empty()) gradient[i] = static_cast<float>(2 * error / count);
  }
  return sum / count;
}

std::size_t count_right(std::span<const float> logits, std::span<const int> labels,
                        std::size_t classes) {
  if (logits.size() != labels.size() * classes)
    throw std::invalid_argument(fmt::format("count_right: {} logits for {} labels of {} classes",
                                            logits.size(), labels.size(), classes));
  std::size_t right = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = logits.subspan(row * classes, classes);
    const auto best = std::ranges::max_element(values) - values.begin();
    right += best == labels[row] ? 1 : 0;
  }
  return right;
}

}  // namespace lamarck::nn
