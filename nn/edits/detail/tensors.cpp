#include "nn/edits/detail/tensors.hpp"

#include <algorithm>

namespace lamarck::nn::detail {
namespace {

// Elements before and after an axis.
struct Strides {
  std::size_t outer = 1, axis = 1, inner = 1;
};
Strides strides(const std::vector<int>& shape, std::size_t axis) {
  Strides s;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto size = static_cast<std::size_t>(shape[i]);
    (i < axis ? s.outer : i == axis ? s.axis : s.inner) *= size;
  }
  return s;
}

Tensor fitted_axis(const Tensor& tensor, std::size_t axis, int size, float fill) {
  if (tensor.shape[axis] == size) return tensor;
  const Strides from = strides(tensor.shape, axis);
  std::vector<int> shape = tensor.shape;
  shape[axis] = size;
  Tensor result{shape, fill};
  const std::size_t rows = std::min(from.axis, static_cast<std::size_t>(size));
  for (std::size_t o = 0; o < from.outer; ++o)
    std::copy_n(tensor.data.begin() + static_cast<std::ptrdiff_t>(o * from.axis * from.inner),
                rows * from.inner,
                result.data.begin() +
                    static_cast<std::ptrdiff_t>(o * static_cast<std::size_t>(size) * from.inner));
  return result;
}

}  // namespace

Tensor taken(const Tensor& tensor, std::size_t axis, const std::vector<int>& source,
             const std::vector<float>& share) {
  const Strides from = strides(tensor.shape, axis);
  std::vector<int> shape = tensor.shape;
  shape[axis] = static_cast<int>(source.size());
  Tensor result{shape};
  for (std::size_t o = 0; o < from.outer; ++o)
    for (std::size_t j = 0; j < source.size(); ++j) {
      const float factor = share.empty() ? 1.0F : share[j];
      const float* in =
          &tensor.data[(o * from.axis + static_cast<std::size_t>(source[j])) * from.inner];
      float* out = &result.data[(o * source.size() + j) * from.inner];
      for (std::size_t i = 0; i < from.inner; ++i) out[i] = factor * in[i];
    }
  return result;
}

Tensor fitted(const Tensor& tensor, const std::vector<int>& shape, float fill) {
  Tensor result = tensor;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    result = fitted_axis(result, axis, shape[axis], fill);
  return result;
}

Tensor padded_window(const Tensor& tensor, int by_height, int by_width) {
  const int height = tensor.shape[2];
  const int width = tensor.shape[3];
  Tensor result{{tensor.shape[0], tensor.shape[1], height + 2 * by_height, width + 2 * by_width}};
  const std::size_t filters =
      static_cast<std::size_t>(tensor.shape[0]) * static_cast<std::size_t>(tensor.shape[1]);
  for (std::size_t f = 0; f < filters; ++f)
    for (int y = 0; y < result.shape[2]; ++y)
      for (int x = 0; x < result.shape[3]; ++x) {
        const int from_y = y - by_height;
        const int from_x = x - by_width;
        if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width) continue;
        const auto at = [f](const std::vector<int>& s, int row, int column) {
          return (f * static_cast<std::size_t>(s[2]) + static_cast<std::size_t>(row)) *
                     static_cast<std::size_t>(s[3]) +
                 static_cast<std::size_t>(column);
        };
        result.data[at(result.shape, y, x)] = tensor.data[at(tensor.shape, from_y, from_x)];
      }
  return result;
}

std::string owner(const std::string& parameter) {
  for (const std::string_view end :
       {".weight", ".bias", ".gate", ".norm.scale", ".norm.shift", ".norm.mean", ".norm.variance"})
    if (parameter.ends_with(end)) return parameter.substr(0, parameter.size() - end.size());
  return parameter;
}

}  // namespace lamarck::nn::detail
