#include "nn/training/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/softmax.hpp"

namespace lamarck::nn {
namespace {

constexpr std::size_t kBins = 15;

// Expected calibration error: by how much confidence and accuracy differ, bin by bin.
class Calibration {
 public:
  void add(double confidence, bool right) {
    const auto bin = std::min(kBins - 1, static_cast<std::size_t>(confidence * kBins));
    Bin& b = bins_[bin];
    b.confidence += confidence;
    b.right += right;
    ++b.count;
  }
  [[nodiscard]] double error(std::size_t examples) const {
    double sum = 0;
    for (const Bin& b : bins_) sum += std::abs(b.confidence - b.right);
    return examples > 0 ? sum / static_cast<double>(examples) : 0;
  }

 private:
  struct Bin {
    double confidence = 0, right = 0;
    std::size_t count = 0;
  };
  std::array<Bin, kBins> bins_{};
};

double ratio(std::size_t part, std::size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

void score_classes(Classification& c, std::size_t classes) {
  for (std::size_t k = 0; k < classes; ++k) {
    std::size_t predicted = 0;
    std::size_t support = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      predicted += c.confusion[other][k];
      support += c.confusion[k][other];
    }
    ClassScores scores{.precision = ratio(c.confusion[k][k], predicted),
                       .recall = ratio(c.confusion[k][k], support),
                       .f1 = 0,
                       .support = support};
    if (scores.precision + scores.recall > 0)
      scores.f1 = 2 * scores.precision * scores.recall / (scores.precision + scores.recall);
    c.precision += scores.precision / static_cast<double>(classes);
    c.recall += scores.recall / static_cast<double>(classes);
    c.f1 += scores.f1 / static_cast<double>(classes);
    c.per_class.push_back(scores);
  }
}

}  // namespace

Classification classification(std::span<const float> logits, std::span<const int> labels,
                              std::size_t classes, int k) {
  if (classes < 1 || logits.size() != labels.size() * classes)
    throw std::invalid_argument("classification: " + std::to_string(logits.size()) +
                                " logits for " + std::to_string(labels.size()) + " labels of " +
                                std::to_string(classes) + " classes");
  Classification c;
  c.examples = labels.size();
  c.k = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(k, 1)), classes));
  c.confusion.assign(classes, std::vector<std::size_t>(classes, 0));
  if (labels.empty()) {
    score_classes(c, classes);
    return c;
  }
  Calibration calibration;
  std::vector<float> probabilities(classes);
  std::size_t right = 0;
  std::size_t in_top = 0;
  double loss = 0;
  double entropy = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto values = logits.subspan(row * classes, classes);
    const int label = labels[row];
    if (label < 0 || static_cast<std::size_t>(label) >= classes)
      throw std::invalid_argument("classification: label " + std::to_string(label) + " of " +
                                  std::to_string(classes) + " classes");
    const auto truth = static_cast<std::size_t>(label);
    if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); })) {
      loss = std::numeric_limits<double>::infinity();
      ++c.confusion[truth][classes > 1 ? (truth + 1) % classes : 0];  // wrong, whatever was meant
      continue;
    }
    // Of equal values the lower index wins.
    const auto best =
        static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
    std::size_t before = 0;
    for (std::size_t other = 0; other < classes; ++other)
      before += values[other] > values[truth] || (values[other] == values[truth] && other < truth);
    kernels::softmax(values, classes, probabilities);
    double total = 0;
    for (const float x : values) total += std::exp(static_cast<double>(x) - values[best]);
    loss += std::log(total) - (static_cast<double>(values[truth]) - values[best]);
    for (const float p : probabilities)
      if (p > 0) entropy -= static_cast<double>(p) * std::log(static_cast<double>(p));
    right += best == truth;
    in_top += before < static_cast<std::size_t>(c.k);
    ++c.confusion[truth][best];
    calibration.add(probabilities[best], best == truth);
  }
  const auto examples = static_cast<double>(labels.size());
  c.accuracy = static_cast<double>(right) / examples;
  c.top_k = static_cast<double>(in_top) / examples;
  c.loss = loss / examples;
  c.entropy = entropy / examples;
  c.calibration_error = calibration.error(labels.size());
  score_classes(c, classes);
  return c;
}

Regression regression(std::span<const float> outputs, std::span<const float> targets) {
  if (outputs.size() != targets.size())
    throw std::invalid_argument("regression: " + std::to_string(outputs.size()) + " outputs for " +
                                std::to_string(targets.size()) + " targets");
  Regression r;
  r.examples = targets.size();
  if (targets.empty()) return r;
  const auto count = static_cast<double>(targets.size());
  double mean = 0;
  for (const float t : targets) mean += t / count;
  double squares = 0;
  double absolute = 0;
  double total = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double error = static_cast<double>(outputs[i]) - targets[i];
    squares += error * error;
    absolute += std::abs(error);
    total += (targets[i] - mean) * (targets[i] - mean);
  }
  r.mse = squares / count;
  r.mae = absolute / count;
  r.r2 = total > 0 ? 1 - squares / total : 0.0;
  return r;
}

}  // namespace lamarck::nn
