#include "kernels/detail/thin_conv.hpp"

#include <algorithm>
#include <array>

#include "kernels/detail/channel_sums.hpp"
#include "kernels/detail/parallel.hpp"
#include "kernels/simd/thin_conv_passes.hpp"
#include "kernels/threads.hpp"

namespace lamarck::kernels::detail {
namespace {

constexpr int kMostChannels = 2;  // oneDNN is good from three on

std::int64_t padded_height(const ConvProblem& p) { return p.in_height + p.pad_top + p.pad_bottom; }
std::int64_t padded_width(const ConvProblem& p) { return p.in_width + p.pad_left + p.pad_right; }
std::int64_t padded_image(const ConvProblem& p) { return padded_height(p) * padded_width(p); }

// src with its padding written out: {n * c, padded height, padded width}.
void pad(const ConvProblem& p, const float* src, float* padded) {
  std::fill_n(padded, padded_image(p) * p.batch * p.in_channels, 0.0F);
  parallel_for(std::int64_t{p.batch} * p.in_channels, [&](std::int64_t i) {
    const float* from = src + i * p.in_height * p.in_width;
    float* to = padded + i * padded_image(p) + p.pad_top * padded_width(p) + p.pad_left;
    for (int y = 0; y < p.in_height; ++y)
      std::copy_n(from + std::int64_t{y} * p.in_width, p.in_width, to + y * padded_width(p));
  });
}

simd::TapRow tap_row(const ThinConv& conv) {
  const ConvProblem& p = conv.problem;
  return {.out_height = p.out_height(),
          .out_width = p.out_width(),
          .src_row = p.stride_height * padded_width(p),
          .src_column = p.stride_width,
          .tap = p.dilation_width,
          .taps = p.kernel_width,
          .lanes = conv.dst.lanes};
}

// What one call works out: of the output channels from `from` on as many as the pass takes at once,
// which begin at `offset` in each image of diff_dst; of the rows of taps of all input channels
// those in [first_row, last_row).
struct Part {
  std::int64_t offset, from, first_row, last_row;
};

// One image's part of diff_dst stays in the cache for all rows.
void weight_gradients(const ThinConv& conv, const simd::ThinConvPasses& passes, const float* padded,
                      const float* diff_dst, const Part& part, float* diff_weights) {
  const ConvProblem& p = conv.problem;
  const simd::TapRow row = tap_row(conv);
  std::array<float, kMostChannels * simd::kMostTaps * simd::kMostTaps * simd::kLanes> sums{};
  const std::int64_t row_sums = passes.width * p.kernel_width;
  for (std::int64_t n = 0; n < p.batch; ++n)
    for (std::int64_t r = part.first_row; r < part.last_row; ++r) {
      const std::int64_t channel = r / p.kernel_height, ky = r % p.kernel_height;
      passes.add_tap_gradients(row,
                               padded + (n * p.in_channels + channel) * padded_image(p) +
                                   ky * p.dilation_height * padded_width(p),
                               diff_dst + n * conv.dst.image + part.offset,
                               sums.data() + r * row_sums);
    }
  const std::int64_t used = std::min(passes.width, p.out_channels - part.from);
  const std::int64_t taps = std::int64_t{p.in_channels} * p.kernel_height * p.kernel_width;
  for (std::int64_t o = 0; o < used; ++o)
    for (std::int64_t t = part.first_row * p.kernel_width; t < part.last_row * p.kernel_width; ++t)
      diff_weights[(part.from + o) * taps + t] =
          sums[static_cast<std::size_t>(passes.width * t + o)];
}

}  // namespace

std::optional<ThinConv> thin_conv(const ConvProblem& problem, const Layout& dst) {
  if (problem.groups != 1 || problem.in_channels > kMostChannels ||
      problem.kernel_height > simd::kMostTaps || problem.kernel_width > simd::kMostTaps ||
      dst.type() != DataType::f32)
    return std::nullopt;
  const auto view = channel_view(dst);
  if (!view || (view->lanes != 8 && view->lanes != 16)) return std::nullopt;
  return ThinConv{
      problem, *view,
      Layout::plain({problem.batch, problem.in_channels, problem.in_height, problem.in_width}), dst,
      Layout::plain({problem.out_channels, problem.in_channels, problem.kernel_height,
                     problem.kernel_width})};
}

std::size_t scratch_bytes(const ThinConv& conv) {
  const ConvProblem& p = conv.problem;
  return static_cast<std::size_t>(padded_image(p) * p.batch * p.in_channels) * sizeof(float);
}

void backward_weights(const ThinConv& conv, const float* src, const float* diff_dst,
                      float* diff_weights, float* diff_bias, Scratch scratch) {
  auto* padded = static_cast<float*>(scratch);
  pad(conv.problem, src, padded);
  const auto& passes = simd::thin_conv_passes(conv.dst.lanes);
  const std::int64_t pieces = conv.dst.lanes / passes.width;
  const std::int64_t rows = std::int64_t{conv.problem.in_channels} * conv.problem.kernel_height;
  // Where there are fewer groups of channels than threads, the rows of taps are dealt out too.
  const std::int64_t shares =
      std::clamp((current_threads() - 1) / (conv.dst.groups * pieces) + 1, std::int64_t{1}, rows);
  parallel_for(conv.dst.groups * pieces * shares, [&](std::int64_t i) {
    const std::int64_t share = i % shares, piece = i / shares % pieces;
    const std::int64_t group = i / shares / pieces, lane = piece * passes.width;
    const Part part{group * conv.dst.group + lane, group * conv.dst.lanes + lane,
                    share * rows / shares, (share + 1) * rows / shares};
    if (part.from < conv.problem.out_channels)
      weight_gradients(conv, passes, padded, diff_dst, part, diff_weights);
  });
  if (diff_bias) channel_sums(conv.dst, diff_dst, diff_bias);
}

}  // namespace lamarck::kernels::detail
