#include "nn/data/detail/augment.hpp"

#include <algorithm>
#include <cmath>

namespace lamarck::nn::detail {
namespace {

constexpr double kLeastAspect = 0.3, kMostAspect = 3.3;
constexpr int kAttempts = 20;

void draw_erasure(const Augmentation& augmentation, const Shape& shape, Random& random,
                  Change& change) {
  const double area = 1.0 * shape.height * shape.width;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const double wanted = area * random.uniform(augmentation.erase_min, augmentation.erase_max);
    const double aspect = std::exp(random.uniform(std::log(kLeastAspect), std::log(kMostAspect)));
    const int height = static_cast<int>(std::lround(std::sqrt(wanted * aspect)));
    const int width = static_cast<int>(std::lround(std::sqrt(wanted / aspect)));
    const double share = 1.0 * height * width / area;
    if (height < 1 || width < 1 || height > shape.height || width > shape.width ||
        share < augmentation.erase_min || share > augmentation.erase_max)
      continue;
    change.height = height;
    change.width = width;
    change.top =
        static_cast<int>(random.below(static_cast<std::size_t>(shape.height - height + 1)));
    change.left = static_cast<int>(random.below(static_cast<std::size_t>(shape.width - width + 1)));
    return;
  }
}

/// One row of the moved and perhaps mirrored image.
void write_row(const std::uint8_t* src, int width, const float* table, int right, bool mirror,
               float* dst) {
  const int first = std::clamp(right, 0, width);  // columns [first, last) come from the image
  const int last = std::clamp(width + right, 0, width);
  if (mirror) {
    for (int x = 0; x < first; ++x) dst[width - 1 - x] = 0.0F;
    for (int x = first; x < last; ++x) dst[width - 1 - x] = table[src[x - right]];
    for (int x = last; x < width; ++x) dst[width - 1 - x] = 0.0F;
  } else {
    for (int x = 0; x < first; ++x) dst[x] = 0.0F;
    for (int x = first; x < last; ++x) dst[x] = table[src[x - right]];
    for (int x = last; x < width; ++x) dst[x] = 0.0F;
  }
}

}  // namespace

Change draw_change(const Augmentation& augmentation, const Shape& shape, Random random) {
  Change change;
  if (const int pad = augmentation.crop_pad; pad > 0) {
    const auto places = static_cast<std::size_t>(2 * pad + 1);
    change.down = static_cast<int>(random.below(places)) - pad;
    change.right = static_cast<int>(random.below(places)) - pad;
  }
  if (augmentation.flip) change.mirror = random.chance(0.5);
  if (augmentation.erase > 0 && random.chance(augmentation.erase))
    draw_erasure(augmentation, shape, random, change);
  return change;
}

void write_image(const std::uint8_t* src, const Shape& shape, std::span<const float> table,
                 const Change& change, float* dst) {
  const int height = shape.height;
  const int width = shape.width;
  const auto row = static_cast<std::size_t>(width);
  const std::size_t area = row * static_cast<std::size_t>(height);
  const bool moved = change.down != 0 || change.right != 0 || change.mirror;
  for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
    const std::uint8_t* image = src + c * area;
    const float* values = table.data() + c * 256;
    float* out = dst + c * area;
    if (!moved) {
      for (std::size_t i = 0; i < area; ++i) out[i] = values[image[i]];
    } else {
      for (int y = 0; y < height; ++y) {
        const int from = y - change.down;
        float* line = out + static_cast<std::size_t>(y) * row;
        if (from < 0 || from >= height)
          std::fill_n(line, row, 0.0F);
        else
          write_row(image + static_cast<std::size_t>(from) * row, width, values, change.right,
                    change.mirror, line);
      }
    }
    for (int y = change.top; y < change.top + change.height; ++y)
      std::fill_n(out + static_cast<std::size_t>(y) * row + change.left, change.width, 0.0F);
  }
}

}  // namespace lamarck::nn::detail
