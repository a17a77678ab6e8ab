// What is measured of a classifier's or a regressor's outputs.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace lamarck::nn {

struct ClassScores {
  double precision = 0, recall = 0, f1 = 0;
  std::size_t support = 0;
};
/// Of a classifier. Everything is in [0, 1] but loss and entropy (nats).
struct Classification {
  std::size_t examples = 0;
  double accuracy = 0, top_k = 0, loss = 0;  ///< loss: mean cross-entropy without smoothing
  int k = 5;
  double precision = 0, recall = 0, f1 = 0;  ///< macro averages; 0 where undefined, as scikit-learn
  std::vector<ClassScores> per_class;
  std::vector<std::vector<std::size_t>> confusion;  ///< [truth][prediction]
  double calibration_error = 0;  ///< expected, 15 equal bins: C. Guo et al., ICML 2017
  double entropy = 0;            ///< mean entropy of the predicted distribution
};
/// From {n, classes} logits. A row that is not finite counts as wrong, with loss infinity.
[[nodiscard]] Classification classification(std::span<const float> logits,
                                            std::span<const int> labels, std::size_t classes,
                                            int k = 5);

struct Regression {
  std::size_t examples = 0;
  double mse = 0, mae = 0;
  double r2 = 0;  ///< 1 - residual / total sum of squares over all outputs; 0 for a constant target
                  ///< that is met
};
[[nodiscard]] Regression regression(std::span<const float> outputs, std::span<const float> targets);

}  // namespace lamarck::nn
