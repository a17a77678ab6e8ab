// The shapes kernels are tested on: small, and each with something about it.
#pragma once
#include <vector>

#include "kernels/convolution.hpp"

namespace lamarck::test {

inline std::vector<kernels::ConvProblem> conv_problems() {
  using P = kernels::ConvProblem;
  const auto square = [](int n, int ic, int size, int oc, int k, int pad) {
    P p;
    p.batch = n, p.in_channels = ic, p.in_height = p.in_width = size, p.out_channels = oc;
    p.kernel_height = p.kernel_width = k;
    p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = pad;
    return p;
  };
  const auto with = [](P p, auto change) {
    change(p);
    return p;
  };
  return {
      square(1, 1, 1, 1, 1, 0),
      square(2, 1, 9, 16, 3, 1),   // a first layer, grey
      square(2, 3, 9, 16, 3, 1),   // a first layer, in colour
      square(3, 16, 8, 16, 3, 1),  // the common case
      square(1, 16, 8, 32, 3, 1),
      square(2, 17, 7, 19, 3, 1),  // channels that fill no block
      square(2, 3, 6, 1, 3, 0),
      square(2, 24, 5, 8, 1, 0),
      square(2, 17, 5, 3, 1, 0),
      square(2, 16, 5, 16, 5, 2),
      square(2, 8, 3, 8, 5, 2),   // kernel larger than the image
      square(2, 8, 2, 16, 7, 3),  // much larger
      square(1, 5, 2, 4, 7, 3),
      with(square(2, 16, 9, 32, 3, 1), [](P& p) { p.stride_height = p.stride_width = 2; }),
      with(square(2, 16, 8, 16, 1, 0), [](P& p) { p.stride_height = p.stride_width = 2; }),
      with(square(1, 5, 9, 7, 3, 1),
           [](P& p) { p.stride_height = 2, p.stride_width = 3, p.bias = true; }),
      with(square(2, 16, 11, 16, 3, 2), [](P& p) { p.dilation_height = p.dilation_width = 2; }),
      with(square(2, 6, 11, 10, 3, 0), [](P& p) { p.dilation_height = 3, p.dilation_width = 2; }),
      with(square(2, 16, 8, 16, 3, 0), [](P& p) { p.pad_top = 1, p.pad_left = 2; }),
      with(square(2, 3, 8, 16, 4, 0),
           [](P& p) { p.pad_top = 1, p.pad_bottom = 2, p.pad_left = 1, p.pad_right = 2; }),
      with(square(2, 16, 8, 16, 2, 0), [](P& p) { p.pad_bottom = 1, p.pad_right = 1; }),
      with(square(2, 16, 8, 8, 1, 0),
           [](P& p) { p.kernel_width = 5, p.pad_left = p.pad_right = 2; }),
      with(square(2, 12, 8, 20, 1, 0),
           [](P& p) { p.kernel_height = 3, p.pad_top = 1, p.pad_bottom = 1, p.bias = true; }),
      with(square(2, 16, 8, 16, 3, 1), [](P& p) { p.in_width = 5, p.bias = true; }),
      with(square(1, 17, 8, 5, 3, 1), [](P& p) { p.bias = true; }),
      with(square(2, 16, 6, 32, 3, 1), [](P& p) { p.groups = 2; }),
      with(square(2, 32, 6, 32, 3, 1), [](P& p) { p.groups = 4, p.bias = true; }),
      with(square(2, 12, 6, 18, 3, 1), [](P& p) { p.groups = 3, p.bias = true; }),
      with(square(2, 6, 6, 3, 1, 0), [](P& p) { p.groups = 3; }),
      with(square(2, 16, 8, 16, 3, 1), [](P& p) { p.groups = 16; }),  // depthwise
      with(square(2, 17, 8, 17, 3, 1), [](P& p) { p.groups = 17, p.bias = true; }),
      with(square(1, 3, 7, 3, 3, 1), [](P& p) { p.groups = 3; }),
      with(square(2, 16, 9, 16, 5, 2),
           [](P& p) { p.groups = 16, p.stride_height = p.stride_width = 2; }),
      with(square(2, 8, 2, 8, 5, 2), [](P& p) { p.groups = 8; }),
      with(square(2, 8, 9, 8, 3, 2),
           [](P& p) { p.groups = 8, p.dilation_height = p.dilation_width = 2; }),
      with(square(2, 8, 7, 16, 3, 1), [](P& p) { p.groups = 8; }),  // two filters a channel
      with(square(2, 3, 7, 9, 3, 1), [](P& p) { p.groups = 3, p.bias = true; }),
      with(square(2, 8, 8, 8, 3, 0),
           [](P& p) {
             p.groups = 8, p.pad_bottom = 1, p.pad_right = 1;
             p.stride_height = p.stride_width = 2;
           }),
      // Large enough for Winograd's method: whole tiles, parts of tiles, paddings up to 2.
      square(4, 16, 16, 16, 3, 1),
      with(square(6, 17, 15, 19, 3, 1), [](P& p) { p.bias = true; }),
      square(11, 8, 12, 24, 3, 0),
      with(square(12, 24, 9, 8, 3, 2), [](P& p) { p.in_width = 13; }),
      with(square(24, 16, 7, 16, 3, 0),
           [](P& p) { p.pad_top = 2, p.pad_left = 1, p.pad_right = 2, p.bias = true; }),
      with(square(3, 40, 20, 32, 3, 1), [](P& p) { p.pad_bottom = 0; }),
      // Few input channels, which have a weight gradient of their own.
      with(square(3, 1, 8, 19, 5, 2), [](P& p) { p.bias = true; }),
      with(square(2, 1, 9, 20, 3, 1), [](P& p) { p.stride_height = 2, p.stride_width = 3; }),
      with(square(2, 1, 11, 8, 3, 2), [](P& p) { p.dilation_height = 3, p.dilation_width = 2; }),
      with(square(1, 1, 7, 24, 1, 0),
           [](P& p) { p.kernel_width = 7, p.pad_left = 4, p.pad_right = 1, p.pad_bottom = 2; }),
      with(square(2, 1, 6, 8, 1, 0),
           [](P& p) { p.kernel_width = 9, p.pad_left = p.pad_right = 4; }),
      square(2, 1, 2, 16, 7, 3),  // grey, and a kernel much larger than the image
      with(square(2, 1, 12, 16, 3, 1), [](P& p) { p.kernel_height = 9; }),  // a tall kernel
      with(square(2, 2, 8, 17, 3, 1), [](P& p) { p.in_width = 5, p.bias = true; }),
  };
}

}  // namespace lamarck::test
