// Sums over images and pixels of each channel, as the gradient of a bias wants them.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/detail/channel_view.hpp"

namespace lamarck::kernels::detail {

/// sums {channels}. \pre f32 in groups of 8 or 16 lanes
void channel_sums(const ChannelView& view, const float* data, float* sums);

}  // namespace lamarck::kernels::detail
