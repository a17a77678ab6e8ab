// Small operations on weight tensors that several edits share.
#pragma once
#include <string>
#include <vector>

#include "nn/model.hpp"

namespace lamarck::nn::detail {

/// New index j along `axis` is old index source[j], times share[j] where shares are given.
[[nodiscard]] Tensor taken(const Tensor& tensor, std::size_t axis, const std::vector<int>& source,
                           const std::vector<float>& share = {});

/// Cropped or padded with `fill` to `shape`, from the front of every axis. \pre same number of axes
[[nodiscard]] Tensor fitted(const Tensor& tensor, const std::vector<int>& shape, float fill);

/// Grown by `by` zeros, or cropped where negative, on every side of the last two axes.
[[nodiscard]] Tensor padded_window(const Tensor& tensor, int by_height, int by_width);

/// The node that a weight belongs to: `stem` of `stem.norm.scale`.
[[nodiscard]] std::string owner(const std::string& parameter);

}  // namespace lamarck::nn::detail
