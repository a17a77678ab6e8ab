#include "kernels/detail/channel_view.hpp"

#include <cstring>

namespace lamarck::kernels::detail {

std::optional<ChannelView> channel_view(const Layout& layout) {
  const Dims& dims = layout.dims();
  if (dims.size() != 2 && dims.size() != 4) return std::nullopt;
  const Blocking& blocking = layout.impl().blocking;
  if (!blocking.known || blocking.inner_dims.size() > 1 || blocking.offset != 0)
    return std::nullopt;

  ChannelView view;
  view.images = dims[0];
  view.channels = dims[1];
  view.image = blocking.strides[0];
  view.pixels = 1;
  view.pixel = 1;
  if (dims.size() == 4) {
    view.pixels = dims[2] * dims[3];
    const std::int64_t row = blocking.strides[2], column = blocking.strides[3];
    if (dims[2] > 1 && dims[3] > 1 && row != dims[3] * column) return std::nullopt;
    view.pixel = dims[3] > 1 ? column : row;
  }
  if (!blocking.inner_dims.empty()) {
    if (blocking.inner_dims[0] != 1) return std::nullopt;
    view.lanes = blocking.inner_blocks[0];
    view.groups = blocking.padded[1] / view.lanes;
    view.group = blocking.strides[1];
    if (view.pixels == 1) view.pixel = view.lanes;
  } else if (view.channels == 1 || blocking.strides[1] != 1) {  // nchw
    view.groups = view.channels;
    view.group = blocking.strides[1];
    if (view.pixels == 1) view.pixel = 1;
  } else {  // nhwc
    view.lanes = view.channels;
    view.groups = 1;
    view.group = view.channels;
    if (view.pixels == 1) view.pixel = view.channels;
  }
  // The loops over a group run straight through memory.
  if (view.pixel != view.lanes) return std::nullopt;
  return view;
}

void zero_padding(const ChannelView& view, void* data, std::size_t element_bytes) {
  const std::int64_t used = view.used(view.groups - 1);
  if (used == view.lanes) return;
  const std::size_t padding = static_cast<std::size_t>(view.lanes - used) * element_bytes;
  for (std::int64_t n = 0; n < view.images; ++n)
    for (std::int64_t p = 0; p < view.pixels; ++p) {
      const std::int64_t at =
          n * view.image + (view.groups - 1) * view.group + p * view.pixel + used;
      std::memset(static_cast<std::byte*>(data) + static_cast<std::size_t>(at) * element_bytes, 0,
                  padding);
    }
}

}  // namespace lamarck::kernels::detail
