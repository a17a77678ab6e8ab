#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "nn/training/detail/calibration.hpp"
#include "nn/training/metrics.hpp"

namespace lamarck::nn {
namespace {

void check(std::size_t logits, std::span<const int> labels, std::size_t classes, int k) {
  if (classes < 1 || k < 1 || logits != labels.size() * classes)
    throw std::invalid_argument(
        fmt::format("classification: {} logits for {} labels of {} classes, top {}", logits,
                    labels.size(), classes, k));
  for (const int label : labels)
    if (label < 0 || static_cast<std::size_t>(label) >= classes)
      throw std::invalid_argument(
          fmt::format("classification: labels must be in [0, {}), got {}", classes, label));
}

struct Row {
  std::size_t best = 0;  ///< the predicted class
  std::size_t rank = 0;  ///< classes that come before the truth
  double confidence = 0, loss = 0, entropy = 0;
};

Row read_row(std::span<const float> logits, std::size_t truth) {
  Row row;
  row.best = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
  const double largest = logits[row.best];
  double sum = 0;
  double weighted = 0;  // sum of exp(x) x, with x counted from the largest
  for (std::size_t k = 0; k < logits.size(); ++k) {
    const double x = logits[k] - largest;
    const double e = std::exp(x);
    sum += e;
    weighted += e * x;
    row.rank += logits[k] > logits[truth] || (logits[k] == logits[truth] && k < truth) ? 1 : 0;
  }
  row.confidence = 1 / sum;
  row.loss = std::log(sum) - (logits[truth] - largest);
  row.entropy = std::log(sum) - weighted / sum;
  return row;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0.0; }

// `support` of each class is there already; the rest follows from the confusion matrix.
void score_classes(Classification& c) {
  std::size_t occurring = 0;
  for (std::size_t k = 0; k < c.per_class.size(); ++k) {
    std::size_t predicted = 0;
    for (const auto& row : c.confusion) predicted += row[k];
    ClassScores& scores = c.per_class[k];
    const auto right = static_cast<double>(c.confusion[k][k]);
    scores.precision = ratio(right, static_cast<double>(predicted));
    scores.recall = ratio(right, static_cast<double>(scores.support));
    scores.f1 = ratio(2 * right, static_cast<double>(predicted + scores.support));
    c.precision += scores.precision;
    c.recall += scores.recall;
    c.f1 += scores.f1;
    occurring += predicted + scores.support > 0 ? 1 : 0;
  }
  for (double* mean : {&c.precision, &c.recall, &c.f1})
    *mean = ratio(*mean, static_cast<double>(occurring));
}

}  // namespace

Classification classification(std::span<const float> logits, std::span<const int> labels,
                              std::size_t classes, int k) {
  check(logits.size(), labels, classes, k);
  Classification c;
  c.examples = labels.size();
  c.k = static_cast<int>(std::min(static_cast<std::size_t>(k), classes));
  c.per_class.resize(classes);
  c.confusion.assign(classes, std::vector<std::size_t>(classes, 0));
  detail::Calibration calibration;
  std::size_t finite = 0;
  std::size_t right = 0;
  std::size_t in_top = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto values = logits.subspan(i * classes, classes);
    const auto truth = static_cast<std::size_t>(labels[i]);
    ++c.per_class[truth].support;
    if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); })) {
      c.loss = std::numeric_limits<double>::infinity();
      continue;
    }
    const Row row = read_row(values, truth);
    ++finite;
    ++c.confusion[truth][row.best];
    right += row.best == truth ? 1 : 0;
    in_top += row.rank < static_cast<std::size_t>(c.k) ? 1 : 0;
    c.loss += row.loss;
    c.entropy += row.entropy;
    calibration.add(row.confidence, row.best == truth);
  }
  const auto examples = static_cast<double>(c.examples);
  c.accuracy = ratio(static_cast<double>(right), examples);
  c.top_k = ratio(static_cast<double>(in_top), examples);
  c.loss = ratio(c.loss, examples);
  c.entropy = ratio(c.entropy, static_cast<double>(finite));
  c.calibration_error = calibration.error();
  score_classes(c);
  return c;
}

}  // namespace lamarck::nn
