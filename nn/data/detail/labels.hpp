// What every format checks of its labels.
#pragma once
#include <filesystem>

#include "nn/data/dataset.hpp"

namespace lamarck::nn::detail {

/// \throws IoError naming `file` and the first label outside [0, classes), or where all examples
/// are of one class
void check_labels(const Dataset& data, const std::filesystem::path& file);

}  // namespace lamarck::nn::detail
