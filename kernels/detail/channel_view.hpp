// Addresses of a tensor by image, channel and pixel. One form covers the orders activations have:
// plain nchw (one lane a group), nhwc (all channels in one group) and blocked nChw8c / nChw16c.
#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>

#include "kernels/detail/layout_impl.hpp"

namespace lamarck::kernels::detail {

/// Element (n, c, p) lies at n * image + c / lanes * group + c % lanes + p * pixel.
struct ChannelView {
  std::int64_t images = 0, channels = 0, pixels = 0;
  std::int64_t lanes = 1;   ///< channels side by side in memory
  std::int64_t groups = 0;  ///< of `lanes` channels; the last may be part padding
  std::int64_t image = 0, group = 0, pixel = 0;  ///< strides in elements

  /// Lanes of a group that hold channels; the rest is padding.
  [[nodiscard]] std::int64_t used(std::int64_t g) const {
    return std::min(lanes, channels - g * lanes);
  }
};

/// Nothing for layouts that are no activations, or none of the orders above.
[[nodiscard]] std::optional<ChannelView> channel_view(const Layout& layout);

/// Zeroes the lanes of the last group that hold no channel.
void zero_padding(const ChannelView& view, void* data, std::size_t element_bytes);

}  // namespace lamarck::kernels::detail
