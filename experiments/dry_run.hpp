// What a search would do, found out without doing it.
#pragma once
#include <filesystem>
#include <string>

#include "experiments/config/experiment.hpp"

namespace lamarck::experiments {

/// The resolved experiment as YAML, then, as YAML comments, the size and MACs range of the space
/// and estimates of memory and time (from a few training steps of the largest start). \throws what
/// loading the data and making the space throw
[[nodiscard]] std::string dry_run(const Experiment& experiment, const std::filesystem::path& root);

}  // namespace lamarck::experiments
