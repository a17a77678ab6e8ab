// Sums over images and pixels of each channel, as the gradient of a bias wants them.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/detail/channel_view.hpp"

namespace lamarck::kernels::detail {

/// sums {channels}. Element is float or simd::Bf16. \pre groups of 8 or 16 lanes
template <class Element>
void channel_sums(const ChannelView& view, const Element* data, float* sums);

}  // namespace lamarck::kernels::detail
