// Convolution and its gradients by the definition, in double, on row-major tensors.
#pragma once
#include "kernels/convolution.hpp"
#include "tests/support/laid_out.hpp"

namespace lamarck::test {

/// visit(src position, weights position, dst position, output channel) for every multiply-add.
template <class Visit>
void for_each_product(const kernels::ConvProblem& p, const Visit& visit) {
  const int ic_group = p.in_channels / p.groups, oc_group = p.out_channels / p.groups;
  for (int n = 0; n < p.batch; ++n)
    for (int oc = 0; oc < p.out_channels; ++oc)
      for (int oh = 0; oh < p.out_height(); ++oh)
        for (int ow = 0; ow < p.out_width(); ++ow)
          for (int c = 0; c < ic_group; ++c)
            for (int kh = 0; kh < p.kernel_height; ++kh)
              for (int kw = 0; kw < p.kernel_width; ++kw) {
                const int ih = oh * p.stride_height - p.pad_top + kh * p.dilation_height;
                const int iw = ow * p.stride_width - p.pad_left + kw * p.dilation_width;
                if (ih < 0 || ih >= p.in_height || iw < 0 || iw >= p.in_width) continue;
                const int ic = oc / oc_group * ic_group + c;
                const auto at = [](int a, int b, int bs, int x, int xs, int y, int ys) {
                  return ((static_cast<std::size_t>(a) * static_cast<std::size_t>(bs) +
                           static_cast<std::size_t>(b)) *
                              static_cast<std::size_t>(xs) +
                          static_cast<std::size_t>(x)) *
                             static_cast<std::size_t>(ys) +
                         static_cast<std::size_t>(y);
                };
                visit(at(n, ic, p.in_channels, ih, p.in_height, iw, p.in_width),
                      at(oc, c, ic_group, kh, p.kernel_height, kw, p.kernel_width),
                      at(n, oc, p.out_channels, oh, p.out_height(), ow, p.out_width()));
              }
}

inline std::size_t src_size(const kernels::ConvProblem& p) {
  return static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.in_channels) *
         static_cast<std::size_t>(p.in_height) * static_cast<std::size_t>(p.in_width);
}
inline std::size_t weights_size(const kernels::ConvProblem& p) {
  return static_cast<std::size_t>(p.out_channels) *
         static_cast<std::size_t>(p.in_channels / p.groups) *
         static_cast<std::size_t>(p.kernel_height) * static_cast<std::size_t>(p.kernel_width);
}
inline std::size_t dst_size(const kernels::ConvProblem& p) {
  return static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.out_channels) *
         static_cast<std::size_t>(p.out_height()) * static_cast<std::size_t>(p.out_width());
}

/// The channel of a row-major {n, c, pixels} position.
inline std::size_t channel_at(std::size_t position, std::size_t channels, std::size_t pixels) {
  return position / pixels % channels;
}

inline std::size_t out_channel_at(const kernels::ConvProblem& p, std::size_t position) {
  return channel_at(
      position, static_cast<std::size_t>(p.out_channels),
      static_cast<std::size_t>(p.out_height()) * static_cast<std::size_t>(p.out_width()));
}

inline Values convolve(const kernels::ConvProblem& p, const Values& src, const Values& weights,
                       const Values& bias) {
  Values dst(dst_size(p), 0.0);
  if (p.bias)
    for (std::size_t i = 0; i < dst.size(); ++i) dst[i] = bias[out_channel_at(p, i)];
  for_each_product(
      p, [&](std::size_t s, std::size_t w, std::size_t d) { dst[d] += src[s] * weights[w]; });
  return dst;
}

inline Values convolve_backward_data(const kernels::ConvProblem& p, const Values& diff_dst,
                                     const Values& weights) {
  Values diff_src(src_size(p), 0.0);
  for_each_product(p, [&](std::size_t s, std::size_t w, std::size_t d) {
    diff_src[s] += diff_dst[d] * weights[w];
  });
  return diff_src;
}

inline Values convolve_backward_weights(const kernels::ConvProblem& p, const Values& src,
                                        const Values& diff_dst) {
  Values diff_weights(weights_size(p), 0.0);
  for_each_product(p, [&](std::size_t s, std::size_t w, std::size_t d) {
    diff_weights[w] += diff_dst[d] * src[s];
  });
  return diff_weights;
}

inline Values convolve_backward_bias(const kernels::ConvProblem& p, const Values& diff_dst) {
  Values diff_bias(static_cast<std::size_t>(p.out_channels), 0.0);
  for (std::size_t i = 0; i < diff_dst.size(); ++i) diff_bias[out_channel_at(p, i)] += diff_dst[i];
  return diff_bias;
}

}  // namespace lamarck::test
