#include "nn/edits/detail/tensors.hpp"

#include <algorithm>
#include <set>

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

// The image that a dense layer's flattened columns stand for, or {c, h, w} of what it reads.
Shape image_read_by(const Architecture& architecture,
                    const std::map<std::string, Shape, std::less<>>& shapes, const Node& node) {
  const std::string* source = &node.inputs[0];
  while (architecture.contains(*source) &&
         std::holds_alternative<Flatten>(architecture.node(*source).op))
    source = &architecture.node(*source).inputs[0];
  return shapes.at(*source);
}

Tensor fitted_dense(const Tensor& tensor, const Shape& from, const Shape& to,
                    const std::vector<int>& shape) {
  if (static_cast<std::int64_t>(tensor.shape[1]) * tensor.shape[2] * tensor.shape[3] !=
      from.elements())
    return fitted(tensor, shape, 0.0F);
  Tensor image = tensor;
  image.shape = {tensor.shape[0], from.channels, from.height, from.width};
  image = fitted(image, {shape[0], to.channels, to.height, to.width}, 0.0F);
  image.shape = shape;
  return image;
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

void fit_weights(const Architecture& before, const Architecture& after, Weights& weights,
                 std::uint64_t seed) {
  const auto old_shapes = shapes_by_id(before);
  const auto new_shapes = shapes_by_id(after);
  std::optional<Weights> fresh;
  std::set<std::string> wanted;
  for (const ParameterSpec& spec : parameter_specs(after)) {
    wanted.insert(spec.name);
    const auto found = weights.find(spec.name);
    if (found == weights.end() || found->second.shape.size() != spec.shape.size()) {
      if (!fresh) fresh = initialise(after, {}, seed);
      weights[spec.name] = fresh->at(spec.name);
      continue;
    }
    if (found->second.shape == spec.shape) continue;
    const std::string node = owner(spec.name);
    const bool dense = spec.name.ends_with(".weight") && before.contains(node) &&
                       std::holds_alternative<Dense>(after.node(node).op);
    if (dense) {
      found->second =
          fitted_dense(found->second, image_read_by(before, old_shapes, before.node(node)),
                       image_read_by(after, new_shapes, after.node(node)), spec.shape);
      continue;
    }
    const bool ones = spec.name.ends_with(".norm.scale") || spec.name.ends_with(".norm.variance");
    found->second = fitted(found->second, spec.shape, ones ? 1.0F : 0.0F);
  }
  std::erase_if(weights, [&](const auto& entry) { return wanted.count(entry.first) == 0; });
}

}  // namespace lamarck::nn::detail
