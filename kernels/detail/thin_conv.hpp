// The weight gradient of convolutions that read one or two channels, such as the first layer on
// grey images: oneDNN 2.6 pads the channels to eight and takes as long as for eight.
//
// Thread safety: values.
#pragma once
#include <optional>

#include "kernels/convolution.hpp"
#include "kernels/detail/channel_view.hpp"

namespace lamarck::kernels::detail {

struct ThinConv {
  ConvProblem problem;
  ChannelView dst;
  Layout src_layout, dst_layout, weights_layout;  ///< src and weights are plain
};
/// Nothing where it is no such problem, or dst is not f32 in blocks of 8 or 16 channels.
[[nodiscard]] std::optional<ThinConv> thin_conv(const ConvProblem& problem, const Layout& dst);

[[nodiscard]] std::size_t scratch_bytes(const ThinConv& conv);
/// diff_weights {o, c, kh, kw} and, unless null, diff_bias {o}. Operands are checked by the caller.
void backward_weights(const ThinConv& conv, const float* src, const float* diff_dst,
                      float* diff_weights, float* diff_bias, Scratch scratch);

}  // namespace lamarck::kernels::detail
