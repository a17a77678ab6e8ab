#include "kernels/simd/pool_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

using EightIndices = std::int32_t __attribute__((vector_size(32)));
using EightBytes = std::uint8_t __attribute__((vector_size(8)));
using EightBytesInMemory = std::uint8_t __attribute__((vector_size(8), aligned(1), may_alias));

// The part of a window that lies in the image.
struct Range {
  std::int64_t begin, end;
};
LAMARCK_INLINE Range inside(std::int64_t out, std::int64_t stride, std::int64_t pad,
                            std::int64_t kernel, std::int64_t in) {
  const std::int64_t first = out * stride - pad;
  return {first < 0 ? -first : 0, first + kernel > in ? in - first : kernel};
}

template <bool remembers>
LAMARCK_INLINE void max_pool(const PoolWindow& w, const float* src, float* dst,
                             std::uint8_t* from) {
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = inside(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns = inside(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
      const float* corner = src + ((oy * w.stride_height - w.pad_top) * w.in_width +
                                   ox * w.stride_width - w.pad_left) *
                                      w.lanes;
      const std::int64_t to = (oy * w.out_width + ox) * w.lanes;
      for (std::int64_t l = 0; l < w.lanes; l += 8) {
        Eight best = at(corner + (rows.begin * w.in_width + columns.begin) * w.lanes + l);
        EightIndices index =
            EightIndices{} + static_cast<std::int32_t>(rows.begin * w.kernel_width + columns.begin);
        for (std::int64_t y = rows.begin; y < rows.end; ++y)
          for (std::int64_t x = columns.begin; x < columns.end; ++x) {
            const Eight value = at(corner + (y * w.in_width + x) * w.lanes + l);
            const EightIndices larger = value > best;
            best = larger ? value : best;
            if (remembers)
              index = larger ? EightIndices{} + static_cast<std::int32_t>(y * w.kernel_width + x)
                             : index;
          }
        at(dst + to + l) = best;
        if (remembers)
          *reinterpret_cast<EightBytesInMemory*>(from + to + l) =
              __builtin_convertvector(index, EightBytes);
      }
    }
  }
}

void max_forward(const PoolWindow& w, const float* src, float* dst, std::uint8_t* from) {
  max_pool<true>(w, src, dst, from);
}

void max_inference(const PoolWindow& w, const float* src, float* dst) {
  max_pool<false>(w, src, dst, nullptr);
}

// `adds`: windows may overlap, and diff_src holds zeros; else each pixel is written at most once.
template <bool adds>
LAMARCK_INLINE void scatter(const PoolWindow& w, const float* diff_dst, const std::uint8_t* from,
                            float* diff_src) {
  const Eight zero{};
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = inside(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns = inside(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
      float* corner = diff_src + ((oy * w.stride_height - w.pad_top) * w.in_width +
                                  ox * w.stride_width - w.pad_left) *
                                     w.lanes;
      const std::int64_t to = (oy * w.out_width + ox) * w.lanes;
      for (std::int64_t l = 0; l < w.lanes; l += 8) {
        const Eight diff = at(diff_dst + to + l);
        const EightIndices index = __builtin_convertvector(
            *reinterpret_cast<const EightBytesInMemory*>(from + to + l), EightIndices);
        for (std::int64_t y = rows.begin; y < rows.end; ++y)
          for (std::int64_t x = columns.begin; x < columns.end; ++x) {
            float* pixel = corner + (y * w.in_width + x) * w.lanes + l;
            const EightIndices here =
                index == EightIndices{} + static_cast<std::int32_t>(y * w.kernel_width + x);
            const Eight share = here ? diff : zero;
            if (adds)
              at(pixel) += share;
            else
              at(pixel) = share;
          }
      }
    }
  }
}

void max_backward(const PoolWindow& w, const float* diff_dst, const std::uint8_t* from,
                  float* diff_src) {
  const bool covers = w.tiles() && w.out_height * w.stride_height == w.in_height &&
                      w.out_width * w.stride_width == w.in_width;
  if (covers) return scatter<false>(w, diff_dst, from, diff_src);
  for (std::int64_t i = 0; i < w.in_height * w.in_width * w.lanes; i += 8)
    at(diff_src + i) = Eight{};
  scatter<true>(w, diff_dst, from, diff_src);
}

}  // namespace

const PoolPasses kPoolPasses{
    .max_forward = max_forward, .max_inference = max_inference, .max_backward = max_backward};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
