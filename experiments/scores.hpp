// A network's scores as JSON and as text.
#pragma once
#include <string>
#include <vector>

#include "nn/training/train.hpp"

namespace lamarck::experiments {

/// Keys: accuracy, loss, top_k, k, precision, recall, f1, calibration_error, entropy, examples,
/// per_class, confusion; or mse, mae, r2, loss, examples. `extra`: members put in front, as pairs.
[[nodiscard]] std::string score_json(const nn::Score& score,
                                     const std::vector<std::string>& class_names,
                                     const std::vector<std::pair<std::string, std::string>>& extra);
[[nodiscard]] std::string score_text(const nn::Score& score,
                                     const std::vector<std::string>& class_names);

}  // namespace lamarck::experiments
