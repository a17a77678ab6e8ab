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

template <bool remembers, class Element>
LAMARCK_INLINE void max_pool(const PoolWindow& w, const Element* src, Element* dst,
                             std::uint8_t* from) {
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = inside(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns = inside(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
      const Element* corner = src + ((oy * w.stride_height - w.pad_top) * w.in_width +
                                     ox * w.stride_width - w.pad_left) *
                                        w.lanes;
      const std::int64_t to = (oy * w.out_width + ox) * w.lanes;
      for (std::int64_t l = 0; l < w.lanes; l += 8) {
        Eight best = Read(corner + (rows.begin * w.in_width + columns.begin) * w.lanes + l).value;
        EightIndices index =
            EightIndices{} + static_cast<std::int32_t>(rows.begin * w.kernel_width + columns.begin);
        for (std::int64_t y = rows.begin; y < rows.end; ++y)
          for (std::int64_t x = columns.begin; x < columns.end; ++x) {
            const Eight value = Read(corner + (y * w.in_width + x) * w.lanes + l).value;
            const EightIndices larger = value > best;
            best = larger ? value : best;
            if (remembers)
              index = larger ? EightIndices{} + static_cast<std::int32_t>(y * w.kernel_width + x)
                             : index;
          }
        write(dst + to + l, best);
        if (remembers)
          *reinterpret_cast<EightBytesInMemory*>(from + to + l) =
              __builtin_convertvector(index, EightBytes);
      }
    }
  }
}

template <class Element>
void max_forward(const PoolWindow& w, const Element* src, Element* dst, std::uint8_t* from) {
  max_pool<true>(w, src, dst, from);
}

template <class Element>
void max_inference(const PoolWindow& w, const Element* src, Element* dst) {
  max_pool<false>(w, src, dst, nullptr);
}

// `adds`: windows may overlap, and diff_src holds zeros; else each pixel is written at most once.
template <bool adds, class Element>
LAMARCK_INLINE void scatter(const PoolWindow& w, const Element* diff_dst, const std::uint8_t* from,
                            Element* diff_src) {
  const Eight zero{};
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = inside(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns = inside(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
      Element* corner = diff_src + ((oy * w.stride_height - w.pad_top) * w.in_width +
                                    ox * w.stride_width - w.pad_left) *
                                       w.lanes;
      const std::int64_t to = (oy * w.out_width + ox) * w.lanes;
      for (std::int64_t l = 0; l < w.lanes; l += 8) {
        const Eight diff = Read(diff_dst + to + l).value;
        const EightIndices index = __builtin_convertvector(
            *reinterpret_cast<const EightBytesInMemory*>(from + to + l), EightIndices);
        for (std::int64_t y = rows.begin; y < rows.end; ++y)
          for (std::int64_t x = columns.begin; x < columns.end; ++x) {
            Element* pixel = corner + (y * w.in_width + x) * w.lanes + l;
            const EightIndices here =
                index == EightIndices{} + static_cast<std::int32_t>(y * w.kernel_width + x);
            const Eight share = here ? diff : zero;
            if (adds)
              write(pixel, Read(pixel).value + share);
            else
              write(pixel, share);
          }
      }
    }
  }
}

template <class Element>
void max_backward(const PoolWindow& w, const Element* diff_dst, const std::uint8_t* from,
                  Element* diff_src) {
  const bool tiles = w.kernel_height == w.stride_height && w.kernel_width == w.stride_width &&
                     w.pad_top == 0 && w.pad_left == 0;
  const bool covers = tiles && w.out_height * w.stride_height == w.in_height &&
                      w.out_width * w.stride_width == w.in_width;
  if (covers) return scatter<false>(w, diff_dst, from, diff_src);
  for (std::int64_t i = 0; i < w.in_height * w.in_width * w.lanes; i += 8)
    write(diff_src + i, Eight{});
  scatter<true>(w, diff_dst, from, diff_src);
}

template <class Element>
constexpr PoolPasses<Element> kPasses{.max_forward = max_forward<Element>,
                                      .max_inference = max_inference<Element>,
                                      .max_backward = max_backward<Element>};
}  // namespace

const PoolPasses<float> kPoolPasses = kPasses<float>;
const PoolPasses<Bf16> kBf16PoolPasses = kPasses<Bf16>;

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
