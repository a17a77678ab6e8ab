// Splits of a training set into what is trained on and what is held out.
#pragma once
#include <cstdint>
#include <vector>

#include "nn/data/dataset.hpp"

namespace lamarck::nn {

/// Indices into one data set; disjoint, each sorted.
struct Split {
  std::vector<std::uint32_t> train, validation;
};
/// Holds `validation` examples out, in each class its share (largest remainders; sums exactly). A
/// numeric target is split uniformly. The same seed gives the same split on every machine. \throws
/// ConfigError where the data set fits no such split (fewer examples than asked for, a class that
/// would
///   have none on one side), with the numbers
[[nodiscard]] Split stratified_split(const Dataset& data, std::size_t validation,
                                     std::uint64_t seed);
/// Holds the last `validation` examples out, as they stand in the files: what other programs often
/// do. \throws ConfigError where none would be left
[[nodiscard]] Split split_last(const Dataset& data, std::size_t validation);
/// All examples for training, none held out.
[[nodiscard]] Split whole(const Dataset& data);

}  // namespace lamarck::nn
