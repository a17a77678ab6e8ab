// One image from bytes to normalised floats, moved, mirrored and partly erased on the way.
#pragma once
#include <cstdint>
#include <span>

#include "kernels/random.hpp"
#include "nn/data/batches.hpp"

namespace lamarck::nn::detail {

/// What augmentation does to one image.
struct Change {
  int down = 0, right = 0;  ///< by how much the image moves; negative: up, left
  bool mirror = false;
  int top = 0, left = 0, height = 0, width = 0;  ///< what is erased, after the others
};
/// The erased rectangle's area lies within [erase_min, erase_max] of the image's; where rounding
/// lets no rectangle of the aspects drawn do so, none is erased.
[[nodiscard]] Change draw_change(const Augmentation& augmentation, const Shape& shape,
                                 Random random);

/// dst[c][y][x] = table[c][src...], or 0 where nothing is left of the image. `table` holds 256
/// values a channel.
void write_image(const std::uint8_t* src, const Shape& shape, std::span<const float> table,
                 const Change& change, float* dst);

}  // namespace lamarck::nn::detail
