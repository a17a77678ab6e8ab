#include "kernels/simd/thin_conv_passes.hpp"

#include "kernels/simd/registers.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

// Sums stay in registers; neighbouring columns have their own, so that one addition need not wait
// for the one before.
template <int taps>
void slide(const TapRow& row, const float* src, const float* diff, float* sums) {
  constexpr int kColumns = taps <= 3 ? 4 : 2;
  Vector own[kColumns][taps] = {};
  for (std::int64_t y = 0; y < row.out_height; ++y) {
    const float* from = src + y * row.src_row;
    const float* d = diff + y * row.out_width * row.lanes;
    std::int64_t x = 0;
    for (; x + kColumns <= row.out_width; x += kColumns) {
      for (int c = 0; c < kColumns; ++c) {
        const Vector value = vector(d);
        for (int t = 0; t < taps; ++t) fused(own[c][t], value, from[t * row.tap]);
        d += row.lanes;
        from += row.src_column;
      }
    }
    for (; x < row.out_width; ++x) {
      const Vector value = vector(d);
      for (int t = 0; t < taps; ++t) fused(own[0][t], value, from[t * row.tap]);
      d += row.lanes;
      from += row.src_column;
    }
  }
  for (int t = 0; t < taps; ++t) {
    Vector sum = own[0][t] + own[1][t];
    for (int c = 2; c < kColumns; ++c) sum += own[c][t];
    vector(sums + kWidth * t) += sum;
  }
}

void add_tap_gradients(const TapRow& row, const float* src, const float* diff, float* sums) {
  using Slide = void (*)(const TapRow&, const float*, const float*, float*);
  static constexpr Slide kSlides[kMostTaps] = {slide<1>, slide<2>, slide<3>, slide<4>,
                                               slide<5>, slide<6>, slide<7>};
  kSlides[row.taps - 1](row, src, diff, sums);
}

}  // namespace

const ThinConvPasses kThinConvPasses{.width = kWidth, .add_tap_gradients = add_tap_gradients};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
