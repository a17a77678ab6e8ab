// Copies a range of channels between tensors in any two activation orders.
#pragma once
#include "kernels/detail/channel_view.hpp"

namespace lamarck::kernels::detail {

/// dst channels [dst_from, dst_from + count) = src channels [src_from, src_from + count), for all
/// images and pixels. Padding of dst after its last channel is zeroed where the range reaches it.
/// \pre both have the same images and pixels, and elements of `element_bytes` (1, 2 or 4)
void copy_channels(const ChannelView& src, const void* from, std::int64_t src_from,
                   const ChannelView& dst, void* to, std::int64_t dst_from, std::int64_t count,
                   std::size_t element_bytes);

}  // namespace lamarck::kernels::detail
