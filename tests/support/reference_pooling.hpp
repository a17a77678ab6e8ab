// Pooling by its definition, in double, on row-major tensors.
#pragma once
#include "kernels/pooling.hpp"
#include "tests/support/laid_out.hpp"

namespace lamarck::test {

/// visit(dst position, src positions in the window).
template <class Visit>
void for_each_window(const kernels::PoolProblem& p, const Visit& visit) {
  std::size_t dst = 0;
  for (int plane = 0; plane < p.batch * p.channels; ++plane)
    for (int oh = 0; oh < p.out_height(); ++oh)
      for (int ow = 0; ow < p.out_width(); ++ow) {
        std::vector<std::size_t> window;
        for (int kh = 0; kh < p.kernel_height; ++kh)
          for (int kw = 0; kw < p.kernel_width; ++kw) {
            const int ih = oh * p.stride_height - p.pad_top + kh;
            const int iw = ow * p.stride_width - p.pad_left + kw;
            if (ih < 0 || ih >= p.in_height || iw < 0 || iw >= p.in_width) continue;
            window.push_back(
                static_cast<std::size_t>((plane * p.in_height + ih) * p.in_width + iw));
          }
        visit(dst++, window);
      }
}

inline std::size_t largest(const Values& src, const std::vector<std::size_t>& window) {
  return *std::ranges::max_element(window, {}, [&](std::size_t i) { return src[i]; });
}

inline Values pool(const kernels::PoolProblem& p, const Values& src) {
  Values dst;
  for_each_window(p, [&](std::size_t, const std::vector<std::size_t>& window) {
    double value = 0;
    if (p.kind == kernels::PoolKind::max)
      value = src[largest(src, window)];
    else
      for (const std::size_t i : window) value += src[i] / static_cast<double>(window.size());
    dst.push_back(value);
  });
  return dst;
}

inline Values pool_backward(const kernels::PoolProblem& p, const Values& src,
                            const Values& diff_dst) {
  Values diff_src(src.size(), 0.0);
  for_each_window(p, [&](std::size_t d, const std::vector<std::size_t>& window) {
    if (p.kind == kernels::PoolKind::max)
      diff_src[largest(src, window)] += diff_dst[d];
    else
      for (const std::size_t i : window)
        diff_src[i] += diff_dst[d] / static_cast<double>(window.size());
  });
  return diff_src;
}

}  // namespace lamarck::test
