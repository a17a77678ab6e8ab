// What is measured of a classifier's or a regressor's outputs.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace lamarck::nn {

struct ClassScores {
  double precision = 0, recall = 0, f1 = 0;
  std::size_t support = 0;  ///< examples of the class
};
/// Of a classifier. Everything is in [0, 1] but loss and entropy (nats).
struct Classification {
  std::size_t examples = 0;
  double accuracy = 0, top_k = 0, loss = 0;  ///< loss: mean cross-entropy without smoothing
  int k = 5;                                 ///< of top_k; at most the number of classes
  /// Macro averages over the classes that occur, as a truth or as a prediction; 0 where undefined:
  /// as scikit-learn.
  double precision = 0, recall = 0, f1 = 0;
  std::vector<ClassScores> per_class;
  std::vector<std::vector<std::size_t>> confusion;  ///< [truth][prediction]
  double calibration_error = 0;  ///< expected, 15 equal bins: C. Guo et al., ICML 2017
  double entropy = 0;            ///< mean entropy of the predicted distribution
};
/// From {n, classes} logits. Of equal logits the lower class wins. A row that is not finite
/// predicts nothing: it counts as wrong, with loss infinity, is in no cell of `confusion`, and is
/// left out of calibration error and entropy. No rows: all zero. \throws std::invalid_argument
/// where sizes disagree, classes or k are below 1, or a label is out
///   of range
/// Example: logits {{2, 1}, {0, 3}, {1, 0}}, labels {0, 1, 1} -> accuracy 2/3, confusion {{1, 0},
/// {1, 1}}, precision of class 0 1/2
[[nodiscard]] Classification classification(std::span<const float> logits,
                                            std::span<const int> labels, std::size_t classes,
                                            int k = 5);

struct Regression {
  std::size_t examples = 0;
  double mse = 0, mae = 0;  ///< means over all numbers of all examples
  /// 1 - residual / total sum of squares, each summed over all outputs, the total about the mean of
  /// each output; 0 for constant targets.
  double r2 = 0;
};
/// From {n, columns} outputs and targets. Where an output is not finite, mse and mae are infinity
/// and r2 is -infinity.
/// \throws std::invalid_argument where sizes disagree or columns is 0
[[nodiscard]] Regression regression(std::span<const float> outputs, std::span<const float> targets,
                                    std::size_t columns = 1);

}  // namespace lamarck::nn
