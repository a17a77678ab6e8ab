// CIFAR-10 binary batches: records of one label byte and 3 x 32 x 32 pixel bytes (red, green,
// blue planes), 10,000 a file.
// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
#pragma once
#include <filesystem>
#include <vector>

#include "nn/data/dataset.hpp"

namespace lamarck::nn {

constexpr std::size_t kCifarRecords = 10000;  ///< a file

/// The files one after the other as one data set of ten classes.
/// \throws IoError where a file is missing, is not `records` times 3,073 bytes long, or holds a
/// label above 9
[[nodiscard]] Dataset read_cifar(const std::vector<std::filesystem::path>& files,
                                 std::size_t records = kCifarRecords);

/// `data_batch_1.bin` ... `data_batch_5.bin` and `test_batch.bin`.
[[nodiscard]] TrainTest load_cifar10(const std::filesystem::path& folder,
                                     std::size_t records = kCifarRecords);

}  // namespace lamarck::nn
