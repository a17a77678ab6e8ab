#include "kernels/simd/pool_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

using EightIndices = std::int32_t __attribute__((vector_size(32)));
using EightShorts = std::int16_t __attribute__((vector_size(16)));
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

// Whether these are windows of 2 x 2 that all lie in the image: the usual ones. The compiler then
// knows the loops over a window, which is worth a factor of two.
LAMARCK_INLINE bool are_whole_pairs(const PoolWindow& w) {
  return w.kernel_height == 2 && w.kernel_width == 2 && w.pad_top == 0 && w.pad_left == 0 &&
         (w.out_height - 1) * w.stride_height + 2 <= w.in_height &&
         (w.out_width - 1) * w.stride_width + 2 <= w.in_width;
}

// Rows or columns of a window; `pairs` as above.
template <bool pairs>
LAMARCK_INLINE Range range(std::int64_t out, std::int64_t stride, std::int64_t pad,
                           std::int64_t kernel, std::int64_t in) {
  return pairs ? Range{0, 2} : inside(out, stride, pad, kernel, in);
}

template <bool remembers, bool pairs, class Element>
LAMARCK_INLINE void max_pool(const PoolWindow& w, const Element* src, Element* dst,
                             std::uint8_t* from) {
  const std::int64_t kernel_width = pairs ? 2 : w.kernel_width;
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = range<pairs>(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns =
          range<pairs>(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
      const Element* corner = src + ((oy * w.stride_height - w.pad_top) * w.in_width +
                                     ox * w.stride_width - w.pad_left) *
                                        w.lanes;
      const std::int64_t to = (oy * w.out_width + ox) * w.lanes;
      for (std::int64_t l = 0; l < w.lanes; l += 8) {
        Eight best = Read(corner + (rows.begin * w.in_width + columns.begin) * w.lanes + l).value;
        EightIndices index =
            EightIndices{} + static_cast<std::int32_t>(rows.begin * kernel_width + columns.begin);
        for (std::int64_t y = rows.begin; y < rows.end; ++y)
          for (std::int64_t x = columns.begin; x < columns.end; ++x) {
            const Eight value = Read(corner + (y * w.in_width + x) * w.lanes + l).value;
            const EightIndices larger = (value > best) | (value != value);  // NaN is not hidden
            best = larger ? value : best;
            if (remembers)
              index =
                  larger ? EightIndices{} + static_cast<std::int32_t>(y * kernel_width + x) : index;
          }
        write(dst + to + l, best);
        if (remembers)  // by way of shorts, or GCC 12 takes the vector apart
          *reinterpret_cast<EightBytesInMemory*>(from + to + l) =
              __builtin_convertvector(__builtin_convertvector(index, EightShorts), EightBytes);
      }
    }
  }
}

template <class Element>
void max_forward(const PoolWindow& w, const Element* src, Element* dst, std::uint8_t* from) {
  if (are_whole_pairs(w))
    max_pool<true, true>(w, src, dst, from);
  else
    max_pool<true, false>(w, src, dst, from);
}

template <class Element>
void max_inference(const PoolWindow& w, const Element* src, Element* dst) {
  if (are_whole_pairs(w))
    max_pool<false, true>(w, src, dst, nullptr);
  else
    max_pool<false, false>(w, src, dst, nullptr);
}

// `adds`: windows may overlap, and diff_src holds zeros; else each pixel is written at most once.
template <bool adds, bool pairs, class Element>
LAMARCK_INLINE void scatter(const PoolWindow& w, const Element* diff_dst, const std::uint8_t* from,
                            Element* diff_src) {
  const Eight zero{};
  const std::int64_t kernel_width = pairs ? 2 : w.kernel_width;
  for (std::int64_t oy = 0; oy < w.out_height; ++oy) {
    const Range rows = range<pairs>(oy, w.stride_height, w.pad_top, w.kernel_height, w.in_height);
    for (std::int64_t ox = 0; ox < w.out_width; ++ox) {
      const Range columns =
          range<pairs>(ox, w.stride_width, w.pad_left, w.kernel_width, w.in_width);
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
                index == EightIndices{} + static_cast<std::int32_t>(y * kernel_width + x);
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
  if (covers && are_whole_pairs(w)) return scatter<false, true>(w, diff_dst, from, diff_src);
  if (covers) return scatter<false, false>(w, diff_dst, from, diff_src);
  for (std::int64_t i = 0; i < w.in_height * w.in_width * w.lanes; i += 8)
    write(diff_src + i, Eight{});
  scatter<true, false>(w, diff_dst, from, diff_src);
}

template <class Element>
constexpr PoolPasses<Element> kPasses{.max_forward = max_forward<Element>,
                                      .max_inference = max_inference<Element>,
                                      .max_backward = max_backward<Element>};
}  // namespace

const PoolPasses<float> kPoolPasses = kPasses<float>;
const PoolPasses<Bf16> kBf16PoolPasses = kPasses<Bf16>;

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
