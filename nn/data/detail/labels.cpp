#include "nn/data/detail/labels.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/error.hpp"

namespace lamarck::nn::detail {

void check_labels(const Dataset& data, const std::filesystem::path& file) {
  const auto& labels = data.labels;
  const auto wrong = std::find_if(labels.begin(), labels.end(),
                                  [&](int label) { return label < 0 || label >= data.classes; });
  if (wrong != labels.end())
    throw IoError(fmt::format("{}: label {} of example {}: expected 0 to {}", file.string(), *wrong,
                              wrong - labels.begin(), data.classes - 1));
  if (data.classes < 2)
    throw IoError(fmt::format("{}: all {} examples are of one class; expected two or more",
                              file.string(), labels.size()));
}

}  // namespace lamarck::nn::detail
