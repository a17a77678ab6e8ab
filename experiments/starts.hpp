// Networks to start from that bring weights: whether they may be used, and where a run keeps them.
//
// A run copies the files when it is made, so that it goes on whatever becomes of the run or the
// model that they came from.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "experiments/config/experiment.hpp"
#include "experiments/prepared.hpp"

namespace lamarck::experiments {

/// \throws ConfigError with the start's place where a model has learnt from examples that this
/// experiment holds out for validation, or cannot say; IoError where a file is missing, damaged, or
/// no longer what it was when the experiment named it
void check_start_weights(const SpaceConfig& config, const PreparedData& data);

/// Points the starts to `starts/<n>.safetensors` (or `.onnx`) of a run folder to be made. \returns
/// the files to copy there, by that name
[[nodiscard]] std::map<std::string, std::filesystem::path> adopt_start_weights(
    SpaceConfig& config, const std::filesystem::path& run);

/// Model files by the text of the genome that begins with them.
[[nodiscard]] std::map<std::string, std::filesystem::path> start_weights(const SpaceConfig& config);

}  // namespace lamarck::experiments
