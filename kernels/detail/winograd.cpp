#include "kernels/detail/winograd.hpp"

#include <algorithm>
#include <type_traits>

#include "kernels/detail/channel_sums.hpp"
#include "kernels/detail/parallel.hpp"
#include "kernels/simd/winograd_passes.hpp"
#include "kernels/threads.hpp"

namespace lamarck::kernels::detail {
namespace {

using simd::FilterLanes;
using simd::kPoints;
using simd::kTileIn;
using simd::kTileOut;
using simd::kTileRow;
using simd::WinogradSizes;

constexpr std::int64_t kTaps = 9;
// What a list of transformed tiles may take for each channel of a vector, so that it stays in a
// second-level cache: CPUs with AVX-512 have larger ones.
constexpr std::int64_t kListBytes = 32 * 1024;
constexpr std::int64_t kFewestTiles = 4 * kTileRow, kMostTiles = 32 * kTileRow;

// A convolution of one direction: images in, images out, tiles over the images out.
struct Geometry {
  const simd::WinogradPasses* passes = nullptr;
  const ChannelView* in = nullptr;
  const ChannelView* out = nullptr;
  std::int64_t in_height = 0, in_width = 0, out_height = 0, out_width = 0;
  std::int64_t pad_top = 0, pad_left = 0;

  [[nodiscard]] std::int64_t width() const { return passes->width; }
  [[nodiscard]] std::int64_t tiles_down() const { return (out_height + kTileOut - 1) / kTileOut; }
  [[nodiscard]] std::int64_t tiles_across() const { return (out_width + kTileOut - 1) / kTileOut; }
  [[nodiscard]] std::int64_t tiles() const { return out->images * tiles_down() * tiles_across(); }
  [[nodiscard]] std::int64_t filter_floats() const {
    return kPoints * in->groups * out->groups * width() * width();
  }
  // Tiles that are transformed and multiplied together.
  [[nodiscard]] std::int64_t list_tiles() const {
    const std::int64_t each =
        kPoints * width() * (in->groups + out->groups) * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t whole = (tiles() + kTileRow - 1) / kTileRow * kTileRow;
    const std::int64_t fit = std::clamp(kListBytes * width() / each, kFewestTiles, kMostTiles);
    return std::min(whole, fit / kTileRow * kTileRow);
  }
  [[nodiscard]] std::int64_t lists() const { return (tiles() + list_tiles() - 1) / list_tiles(); }
  [[nodiscard]] std::int64_t list_floats() const {
    return kPoints * list_tiles() * width() * (in->groups + out->groups);
  }
  [[nodiscard]] WinogradSizes sizes() const { return {list_tiles(), in->groups, out->groups}; }
};

Geometry forward_geometry(const Winograd& conv) {
  const ConvProblem& p = conv.problem;
  return {conv.passes,    &conv.src,     &conv.dst, p.in_height, p.in_width,
          p.out_height(), p.out_width(), p.pad_top, p.pad_left};
}

// The gradient of the input is a convolution too, of flipped filters.
Geometry backward_geometry(const Winograd& conv) {
  const ConvProblem& p = conv.problem;
  return {conv.passes, &conv.dst,  &conv.src,     p.out_height(), p.out_width(),
          p.in_height, p.in_width, 2 - p.pad_top, 2 - p.pad_left};
}

template <class Element>
const simd::WinogradImagePasses<Element>& image_passes(const Geometry& g) {
  if constexpr (std::is_same_v<Element, float>)
    return g.passes->f32;
  else
    return g.passes->bf16;
}

// What of a tile of `side` pixels, the first of which is at (top, left), lies in an image.
simd::TilePart part_of(std::int64_t side, std::int64_t top, std::int64_t left, std::int64_t height,
                       std::int64_t width) {
  return {.top = std::max<std::int64_t>(-top, 0),
          .bottom = std::min(side, height - top),
          .left = std::max<std::int64_t>(-left, 0),
          .right = std::min(side, width - left)};
}

struct Tile {
  std::int64_t image = 0, y = 0, x = 0;  ///< in the images out, in tiles
};
Tile tile_at(const Geometry& g, std::int64_t index) {
  const std::int64_t each = g.tiles_down() * g.tiles_across();
  return {index / each, index % each / g.tiles_across(), index % g.tiles_across()};
}

// Calls body(place in the list, tile) for the tiles of one list.
template <class Body>
void for_tiles(const Geometry& g, std::int64_t list, const Body& body) {
  const std::int64_t first = list * g.list_tiles();
  const std::int64_t count = std::min(g.list_tiles(), g.tiles() - first);
  for (std::int64_t t = 0; t < count; ++t) body(t, tile_at(g, first + t));
}

// Points lie {point, group, tile, width}.
template <class Element>
void transform_inputs(const Geometry& g, std::int64_t list, const Element* src, float* points) {
  const std::int64_t step = g.in->groups * g.list_tiles() * g.width();
  const std::int64_t row = g.in_width * g.width();
  for_tiles(g, list, [&](std::int64_t t, const Tile& tile) {
    const std::int64_t top = tile.y * kTileOut - g.pad_top, left = tile.x * kTileOut - g.pad_left;
    const auto part = part_of(kTileIn, top, left, g.in_height, g.in_width);
    const std::int64_t at = tile.image * g.in->image + top * row + left * g.width();
    for (std::int64_t group = 0; group < g.in->groups; ++group)
      image_passes<Element>(g).transform_input(src + at + group * g.in->group, row, part,
                                               points + (group * g.list_tiles() + t) * g.width(),
                                               step);
  });
}

template <class Element>
void transform_gradients(const Geometry& g, std::int64_t list, const Element* diff, float* points) {
  const std::int64_t step = g.out->groups * g.list_tiles() * g.width();
  const std::int64_t row = g.out_width * g.width();
  for_tiles(g, list, [&](std::int64_t t, const Tile& tile) {
    const std::int64_t top = tile.y * kTileOut, left = tile.x * kTileOut;
    const auto part = part_of(kTileOut, top, left, g.out_height, g.out_width);
    const std::int64_t at = tile.image * g.out->image + top * row + left * g.width();
    for (std::int64_t group = 0; group < g.out->groups; ++group)
      image_passes<Element>(g).transform_gradient(diff + at + group * g.out->group, row, part,
                                                  points + (group * g.list_tiles() + t) * g.width(),
                                                  step);
  });
}

struct Epilogue {
  const float* bias = nullptr;  ///< may be null
  std::int64_t channels = 0;
  bool relu = false;
};

// Of one group of `width` channels; `bias` is where so many floats may be put.
simd::Finish finish_of(const Epilogue& e, std::int64_t group, std::int64_t width, float* bias) {
  if (!e.bias) return {nullptr, e.relu};
  const std::int64_t used = std::min(width, e.channels - group * width);
  std::fill(std::copy_n(e.bias + group * width, used, bias), bias + width, 0.0F);
  return {bias, e.relu};
}

template <class Element>
void transform_outputs(const Geometry& g, std::int64_t list, const float* points,
                       const Epilogue& epilogue, const Element* other, Element* dst) {
  const std::int64_t step = g.out->groups * g.list_tiles() * g.width();
  const std::int64_t row = g.out_width * g.width();
  for (std::int64_t group = 0; group < g.out->groups; ++group) {
    alignas(64) float bias[simd::kMostWidth];
    const simd::Finish finish = finish_of(epilogue, group, g.width(), bias);
    for_tiles(g, list, [&](std::int64_t t, const Tile& tile) {
      const std::int64_t top = tile.y * kTileOut, left = tile.x * kTileOut;
      const std::int64_t at =
          tile.image * g.out->image + group * g.out->group + top * row + left * g.width();
      image_passes<Element>(g).transform_output(
          points + (group * g.list_tiles() + t) * g.width(), step, finish,
          other ? other + at : nullptr, dst + at, row,
          part_of(kTileOut, top, left, g.out_height, g.out_width));
    });
  }
}

// Calls body(worker, list) for all lists; each worker has a share of its own, always the same.
template <class Body>
void for_lists(const Winograd& conv, const Geometry& g, const Body& body) {
  parallel_for(conv.workers, [&](std::int64_t worker) {
    for (std::int64_t list = worker; list < g.lists(); list += conv.workers) body(worker, list);
  });
}

// Filters lie {point, out group, in channel, width}.
template <class Element>
void convolve(const Winograd& conv, const Geometry& g, const Element* src, const float* filters,
              const Epilogue& epilogue, const Element* other, Element* dst, float* lists) {
  const std::int64_t in_step = g.in->groups * g.list_tiles() * g.width();
  const std::int64_t out_step = g.out->groups * g.list_tiles() * g.width();
  const std::int64_t filter_step = g.filter_floats() / kPoints;
  for_lists(conv, g, [&](std::int64_t worker, std::int64_t list) {
    float* tiles = lists + worker * g.list_floats();
    float* product = tiles + kPoints * in_step;
    transform_inputs(g, list, src, tiles);
    for (std::int64_t point = 0; point < kPoints; ++point)
      g.passes->multiply(g.sizes(), tiles + point * in_step, filters + point * filter_step,
                         product + point * out_step);
    transform_outputs(g, list, product, epilogue, other, dst);
  });
}

// Filters of one direction from plain weights {o, c, 3, 3}: {point, out group, in channel, width}.
void transform_filters(const Winograd& conv, const Geometry& g, bool backward, const float* weights,
                       float* filters) {
  const std::int64_t step = g.filter_floats() / kPoints;
  const std::int64_t channels = g.in->groups * g.width();
  const std::int64_t in_stride = backward ? conv.problem.in_channels * kTaps : kTaps;
  const std::int64_t out_stride = backward ? kTaps : conv.problem.in_channels * kTaps;
  parallel_for(g.out->groups, [&](std::int64_t group) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t used = c < g.in->channels ? g.out->used(group) : 0;
      g.passes->transform_filter(weights + group * g.width() * out_stride + c * in_stride,
                                 {out_stride, used, backward},
                                 filters + (group * channels + c) * g.width(), step);
    }
  });
}

// Sixteen channels at once take four fifths of the time of eight and eight, so that blocks of eight
// win where they leave much less padding, as of 8 or 24 channels.
std::int64_t width_for(const ConvProblem& p) {
  const auto work = [&](std::int64_t width) {
    const auto padded = [&](int channels) { return (channels + width - 1) / width * width; };
    return padded(p.in_channels) * padded(p.out_channels);
  };
  return simd::winograd_passes(16) && 2 * work(16) < 3 * work(8) ? 16 : 8;
}

}  // namespace

bool winograd_pays(const ConvProblem& p) {
  const auto small = [](int pad) { return pad <= 2; };
  const bool fits = p.kernel_height == 3 && p.kernel_width == 3 && p.stride_height == 1 &&
                    p.stride_width == 1 && p.dilation_height == 1 && p.dilation_width == 1 &&
                    p.groups == 1 && small(p.pad_top) && small(p.pad_left) && small(p.pad_bottom) &&
                    small(p.pad_right);
  constexpr int kFewestChannels = 8;
  constexpr int kFewestPixels = 1024;  // fewer do not pay for the filters' transforms
  // Tiles at the edges are computed whole. Where too little of what is computed is wanted, the
  // direct method is faster: less than half, as of 5x5 in four tiles of 4x4, or with few channels
  // less than three fifths, as of 9x9.
  const auto tiled = [](int pixels) {
    return std::int64_t{(pixels + kTileOut - 1) / kTileOut} * kTileOut;
  };
  const std::int64_t wanted = std::int64_t{p.out_height()} * p.out_width();
  constexpr int kManyChannels = 32;
  const double least = std::min(p.in_channels, p.out_channels) < kManyChannels ? 0.6 : 0.5;
  const bool dense = static_cast<double>(wanted) >=
                     least * static_cast<double>(tiled(p.out_height()) * tiled(p.out_width()));
  return fits && dense && p.in_channels >= kFewestChannels && p.out_channels >= kFewestChannels &&
         p.out_height() >= kTileOut && p.out_width() >= kTileOut &&
         p.batch * wanted >= kFewestPixels;
}

std::optional<Winograd> winograd(const ConvProblem& p, DataType type, int block) {
  const std::int64_t width = block == 0 ? width_for(p) : block;
  const simd::WinogradPasses* passes = simd::winograd_passes(width);
  if (!winograd_pays(p) || !passes) return std::nullopt;
  const auto blocked = [&](int channels, int height, int w) {
    return Layout::blocked({p.batch, channels, height, w}, static_cast<int>(width), type);
  };
  Winograd conv{p,
                passes,
                blocked(p.in_channels, p.in_height, p.in_width),
                Layout::plain({p.out_channels, p.in_channels, 3, 3}),
                blocked(p.out_channels, p.out_height(), p.out_width()),
                {},
                {},
                current_threads()};
  conv.src = *channel_view(conv.src_layout);
  conv.dst = *channel_view(conv.dst_layout);
  return conv;
}

std::size_t scratch_bytes(const Winograd& conv) {
  const Geometry ahead = forward_geometry(conv), back = backward_geometry(conv);
  const std::int64_t lists = conv.workers * std::max(ahead.list_floats(), back.list_floats());
  // The weight gradient has the filters of each worker, the other directions those of all.
  const std::int64_t filters = conv.workers * ahead.filter_floats();
  return static_cast<std::size_t>(lists + filters) * sizeof(float);
}

template <class Element>
void forward(const Winograd& conv, const Element* src, const float* weights, const float* bias,
             bool relu, Element* dst, Scratch scratch) {
  const Geometry g = forward_geometry(conv);
  auto* filters = static_cast<float*>(scratch);
  transform_filters(conv, g, false, weights, filters);
  const Element* const none = nullptr;
  convolve(conv, g, src, filters, {bias, conv.problem.out_channels, relu}, none, dst,
           filters + g.filter_floats());
}

template <class Element>
void backward_data(const Winograd& conv, const Element* diff_dst, const float* weights,
                   const Element* other, Element* diff_src, Scratch scratch) {
  const Geometry g = backward_geometry(conv);
  auto* filters = static_cast<float*>(scratch);
  transform_filters(conv, g, true, weights, filters);
  convolve(conv, g, diff_dst, filters, {}, other, diff_src, filters + g.filter_floats());
}

template <class Element>
void backward_weights(const Winograd& conv, const Element* src, const Element* diff_dst,
                      float* diff_weights, float* diff_bias, Scratch scratch) {
  const Geometry g = forward_geometry(conv);
  const std::int64_t in_step = g.in->groups * g.list_tiles() * g.width();
  const std::int64_t out_step = g.out->groups * g.list_tiles() * g.width();
  const std::int64_t filter_step = g.filter_floats() / kPoints;
  auto* filters = static_cast<float*>(scratch);
  float* lists = filters + conv.workers * g.filter_floats();
  std::fill_n(filters, conv.workers * g.filter_floats(), 0.0F);
  for_lists(conv, g, [&](std::int64_t worker, std::int64_t list) {
    float* tiles = lists + worker * g.list_floats();
    float* gradients = tiles + kPoints * in_step;
    float* sums = filters + worker * g.filter_floats();
    transform_inputs(g, list, src, tiles);
    transform_gradients(g, list, diff_dst, gradients);
    const std::int64_t used = std::min(g.list_tiles(), g.tiles() - list * g.list_tiles());
    for (std::int64_t point = 0; point < kPoints; ++point)
      g.passes->add_products(g.sizes(), used, tiles + point * in_step, gradients + point * out_step,
                             sums + point * filter_step);
  });
  for (std::int64_t worker = 1; worker < conv.workers; ++worker)
    for (std::int64_t i = 0; i < g.filter_floats(); ++i)
      filters[i] += filters[worker * g.filter_floats() + i];

  const std::int64_t channels = g.in->groups * g.width(), stride = conv.problem.in_channels * kTaps;
  parallel_for(g.out->groups, [&](std::int64_t group) {
    for (std::int64_t c = 0; c < conv.problem.in_channels; ++c)
      g.passes->filter_gradient(filters + (group * channels + c) * g.width(), filter_step,
                                {stride, g.out->used(group), false},
                                diff_weights + group * g.width() * stride + c * kTaps);
  });
  if (diff_bias) channel_sums(conv.dst, diff_dst, diff_bias);
}

#define LAMARCK_OF(Element)                                                                       \
  template void forward(const Winograd&, const Element*, const float*, const float*, bool,        \
                        Element*, Scratch);                                                       \
  template void backward_data(const Winograd&, const Element*, const float*, const Element*,      \
                              Element*, Scratch);                                                 \
  template void backward_weights(const Winograd&, const Element*, const Element*, float*, float*, \
                                 Scratch)
LAMARCK_OF(float);
LAMARCK_OF(simd::Bf16);
#undef LAMARCK_OF

}  // namespace lamarck::kernels::detail
