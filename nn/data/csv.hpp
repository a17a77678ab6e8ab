// Comma-separated numbers: one example a row, one column of it the target, a header or not.
#pragma once
#include <filesystem>
#include <optional>

#include "nn/data/dataset.hpp"

namespace lamarck::nn {

/// `test`: a file of the same columns; without one, a seeded share of the rows (stratified for
/// classes).
/// Class targets are whole numbers or words; their sorted values become classes 0, 1, ... with the
/// values as names.
/// \throws IoError for files that are missing or empty, ragged rows, cells that are no finite
///   number, a single class, a class that only the test file has; naming file, line and column.
///   ConfigError for options that do not fit the file
[[nodiscard]] TrainTest load_csv(const std::filesystem::path& train,
                                 const std::optional<std::filesystem::path>& test,
                                 const CsvOptions& options, std::uint64_t seed);

}  // namespace lamarck::nn
