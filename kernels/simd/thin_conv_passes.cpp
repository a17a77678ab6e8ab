#include "kernels/simd/thin_conv_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

// Sums stay in registers; even and odd columns have their own, so that one addition need not wait
// for the one before.
template <int taps>
void slide(const TapRow& row, const float* src, const float* diff, float* sums) {
  Eight even[taps] = {}, odd[taps] = {};
  for (std::int64_t y = 0; y < row.out_height; ++y) {
    const float* from = src + y * row.src_row;
    const float* d = diff + y * row.out_width * row.lanes;
    std::int64_t x = 0;
    for (; x + 2 <= row.out_width; x += 2) {
      const Eight first = at(d), second = at(d + row.lanes);
      for (int t = 0; t < taps; ++t) {
        even[t] += first * from[t * row.tap];
        odd[t] += second * from[t * row.tap + row.src_column];
      }
      d += 2 * row.lanes;
      from += 2 * row.src_column;
    }
    if (x < row.out_width)
      for (int t = 0; t < taps; ++t) even[t] += at(d) * from[t * row.tap];
  }
  for (int t = 0; t < taps; ++t) at(sums + 8 * t) += even[t] + odd[t];
}

void add_tap_gradients(const TapRow& row, const float* src, const float* diff, float* sums) {
  using Slide = void (*)(const TapRow&, const float*, const float*, float*);
  static constexpr Slide kSlides[kMostTaps] = {slide<1>, slide<2>, slide<3>, slide<4>,
                                               slide<5>, slide<6>, slide<7>};
  kSlides[row.taps - 1](row, src, diff, sums);
}

}  // namespace

const ThinConvPasses kThinConvPasses{.add_tap_gradients = add_tap_gradients};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
