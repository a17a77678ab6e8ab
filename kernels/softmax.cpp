#include "kernels/softmax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>

namespace lamarck::kernels {
namespace {

/// \returns the number of rows
std::size_t check_rows(std::string_view who, std::size_t values, std::size_t classes) {
  if (classes == 0 || values == 0 || values % classes != 0)
    throw std::invalid_argument(
        fmt::format("{}: {} values are no rows of {} classes", who, values, classes));
  return values / classes;
}

void check_same(std::string_view who, std::string_view what, std::size_t expected,
                std::size_t found) {
  if (expected != found)
    throw std::invalid_argument(
        fmt::format("{}: {} must hold {} values, got {}", who, what, expected, found));
}

/// The largest logit of a row, and log sum exp(x - largest).
struct Normaliser {
  double largest, log_sum;
};

Normaliser normaliser(std::span<const float> row) {
  const double largest = *std::ranges::max_element(row);
  double sum = 0;
  for (const float x : row) sum += std::exp(x - largest);
  return {largest, std::log(sum)};
}

/// Mean cross-entropy against targets that `target(row, k)` gives; they sum to 1 in each row.
template <class Target>
double cross_entropy(std::span<const float> logits, std::size_t classes,
                     std::span<float> diff_logits, Target target) {
  const std::size_t rows = logits.size() / classes;
  double loss = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = logits.subspan(r * classes, classes);
    const auto [largest, log_sum] = normaliser(row);
    for (std::size_t k = 0; k < classes; ++k) {
      const double log_probability = row[k] - largest - log_sum;
      const double t = target(r, k);
      if (t != 0) loss -= t * log_probability;
      if (!diff_logits.empty())
        diff_logits[r * classes + k] =
            static_cast<float>((std::exp(log_probability) - t) / static_cast<double>(rows));
    }
  }
  return loss / static_cast<double>(rows);
}

}  // namespace

void softmax(std::span<const float> logits, std::size_t classes, std::span<float> probabilities) {
  const std::size_t rows = check_rows("softmax", logits.size(), classes);
  check_same("softmax", "probabilities", logits.size(), probabilities.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = logits.subspan(r * classes, classes);
    const auto [largest, log_sum] = normaliser(row);
    for (std::size_t k = 0; k < classes; ++k)
      probabilities[r * classes + k] = static_cast<float>(std::exp(row[k] - largest - log_sum));
  }
}

void softmax_backward(std::span<const float> probabilities,
                      std::span<const float> diff_probabilities, std::size_t classes,
                      std::span<float> diff_logits) {
  const std::size_t rows = check_rows("softmax_backward", probabilities.size(), classes);
  check_same("softmax_backward", "diff_probabilities", probabilities.size(),
             diff_probabilities.size());
  check_same("softmax_backward", "diff_logits", probabilities.size(), diff_logits.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const auto p = probabilities.subspan(r * classes, classes);
    const auto d = diff_probabilities.subspan(r * classes, classes);
    double dot = 0;
    for (std::size_t k = 0; k < classes; ++k) dot += static_cast<double>(p[k]) * d[k];
    for (std::size_t k = 0; k < classes; ++k)
      diff_logits[r * classes + k] = static_cast<float>(p[k] * (d[k] - dot));
  }
}

double softmax_cross_entropy(std::span<const float> logits, std::span<const int> labels,
                             std::size_t classes, double smoothing, std::span<float> diff_logits) {
  constexpr std::string_view kWho = "softmax_cross_entropy";
  check_same(kWho, "labels", check_rows(kWho, logits.size(), classes), labels.size());
  if (!diff_logits.empty()) check_same(kWho, "diff_logits", logits.size(), diff_logits.size());
  if (!(smoothing >= 0 && smoothing <= 1))
    throw std::invalid_argument(
        fmt::format("{}: smoothing must be in [0, 1], got {}", kWho, smoothing));
  for (const int label : labels)
    if (label < 0 || static_cast<std::size_t>(label) >= classes)
      throw std::invalid_argument(
          fmt::format("{}: labels must be in [0, {}), got {}", kWho, classes, label));
  const double share = smoothing / static_cast<double>(classes);
  return cross_entropy(logits, classes, diff_logits, [&](std::size_t r, std::size_t k) {
    return share + (static_cast<std::size_t>(labels[r]) == k ? 1 - smoothing : 0);
  });
}

double softmax_cross_entropy(std::span<const float> logits, std::span<const float> targets,
                             std::size_t classes, std::span<float> diff_logits) {
  constexpr std::string_view kWho = "softmax_cross_entropy";
  check_rows(kWho, logits.size(), classes);
  check_same(kWho, "targets", logits.size(), targets.size());
  if (!diff_logits.empty()) check_same(kWho, "diff_logits", logits.size(), diff_logits.size());
  return cross_entropy(logits, classes, diff_logits, [&](std::size_t r, std::size_t k) {
    return static_cast<double>(targets[r * classes + k]);
  });
}

}  // namespace lamarck::kernels
