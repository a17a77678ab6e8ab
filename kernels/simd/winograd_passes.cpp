#include "kernels/simd/winograd_passes.hpp"

#include "kernels/simd/registers.hpp"

// Without fused multiply-adds there is nothing to win over a direct convolution.
#ifdef __FMA__

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

using Words = std::uint32_t __attribute__((vector_size(4 * kWidth)));
using HalfWords = std::uint16_t __attribute__((vector_size(2 * kWidth)));

// Zeros where nothing is there, and then no access.
#ifdef __AVX512F__
LAMARCK_INLINE Vector read_if(bool there, const float* p) {
  return Vector(_mm512_maskz_loadu_ps(static_cast<__mmask16>(-static_cast<int>(there)), p));
}
LAMARCK_INLINE Vector read_if(bool there, const Bf16* p) {
  const auto halves = _mm256_maskz_loadu_epi16(static_cast<__mmask16>(-static_cast<int>(there)), p);
  return Vector(__builtin_convertvector(HalfWords(halves), Words) << 16);
}
#else
LAMARCK_INLINE Vector read_if(bool there, const float* p) {
  return Vector(_mm256_maskload_ps(p, _mm256_set1_epi32(-static_cast<int>(there))));
}
LAMARCK_INLINE Vector read_if(bool there, const Bf16* p) {
  if (!there) return Vector{};
  const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return Vector(__builtin_convertvector(HalfWords(halves), Words) << 16);
}
#endif
constexpr int kSquare = kWidth * kWidth;
constexpr int kRows = 4;

using HalfWordsInMemory =
    std::uint16_t __attribute__((vector_size(2 * kWidth), aligned(2), may_alias));

// As Read and write() of lanes.hpp, of this width.
LAMARCK_INLINE Vector get(const float* p) { return vector(p); }
LAMARCK_INLINE Vector get(const Bf16* p) {
  const HalfWords halves = *reinterpret_cast<const HalfWordsInMemory*>(p);
  return Vector(__builtin_convertvector(halves, Words) << 16);
}
LAMARCK_INLINE void put(float* p, const Vector& value) { vector(p) = value; }
LAMARCK_INLINE void put(Bf16* p, const Vector& value) {
  const auto bits = reinterpret_cast<Words>(value);
  const Words rounded = bits + 0x7fffU + ((bits >> 16) & 1U);
  const Words whole = value == value ? rounded : (bits | 0x400000U);
  *reinterpret_cast<HalfWordsInMemory*>(p) = __builtin_convertvector(whole >> 16, HalfWords);
}

// a + b * factor.
LAMARCK_INLINE Vector plus(const Vector& a, const Vector& b, float factor) {
  Vector sum = a;
  fused(sum, b, factor);
  return sum;
}

// One-dimensional transforms, from `in` to `out`; lists of vectors, `i` and `o` apart.

// B^T, 6 to 6.
LAMARCK_INLINE void input_line(const Vector* in, int i, Vector* out, int o) {
  const Vector d0 = in[0], d1 = in[i], d2 = in[2 * i], d3 = in[3 * i], d4 = in[4 * i],
               d5 = in[5 * i];
  const Vector a = plus(d4, d2, -4), b = plus(d3, d1, -4);
  const Vector c = d4 - d2, e = 2.0F * (d3 - d1);
  out[0] = plus(plus(d4, d2, -5), d0, 4);
  out[o] = a + b;
  out[2 * o] = a - b;
  out[3 * o] = c + e;
  out[4 * o] = c - e;
  out[5 * o] = plus(plus(d5, d3, -5), d1, 4);
}

// A^T, 6 to 4.
LAMARCK_INLINE void output_line(const Vector* in, int i, Vector* out, int o) {
  const Vector s1 = in[i] + in[2 * i], d1 = in[i] - in[2 * i];
  const Vector s2 = in[3 * i] + in[4 * i], d2 = in[3 * i] - in[4 * i];
  out[0] = in[0] + s1 + s2;
  out[o] = plus(d1, d2, 2);
  out[2 * o] = plus(s1, s2, 4);
  out[3 * o] = plus(d1, d2, 8) + in[5 * i];
}

// A, 4 to 6.
LAMARCK_INLINE void gradient_line(const Vector* in, int i, Vector* out, int o) {
  const Vector y0 = in[0], y1 = in[i], y2 = in[2 * i], y3 = in[3 * i];
  const Vector even = y0 + y2, odd = y1 + y3;
  const Vector even2 = plus(y0, y2, 4), odd2 = plus(2.0F * y1, y3, 8);
  out[0] = y0;
  out[o] = even + odd;
  out[2 * o] = even - odd;
  out[3 * o] = even2 + odd2;
  out[4 * o] = even2 - odd2;
  out[5 * o] = y3;
}

// G, 3 to 6.
LAMARCK_INLINE void filter_line(const Vector* in, int i, Vector* out, int o) {
  const Vector g0 = in[0], g1 = in[i], g2 = in[2 * i];
  const Vector outer = (g0 + g2) * (-1.0F / 6), middle = g1 * (1.0F / 6);
  const Vector wide = plus(g0 * (1.0F / 24), g2, 1.0F / 6), half = g1 * (1.0F / 12);
  out[0] = g0 * 0.25F;
  out[o] = outer - middle;
  out[2 * o] = outer + middle;
  out[3 * o] = wide + half;
  out[4 * o] = wide - half;
  out[5 * o] = g2;
}

// G^T, 6 to 3.
LAMARCK_INLINE void taps_line(const Vector* in, int i, Vector* out, int o) {
  const Vector s1 = in[i] + in[2 * i], d1 = in[2 * i] - in[i];
  const Vector s2 = in[3 * i] + in[4 * i], d2 = in[3 * i] - in[4 * i];
  out[0] = plus(plus(in[0] * 0.25F, s1, -1.0F / 6), s2, 1.0F / 24);
  out[o] = plus(d1 * (1.0F / 6), d2, 1.0F / 12);
  out[2 * o] = plus((s2 - s1) * (1.0F / 6), in[5 * i], 1);
}

// One of the lines above, as an argument.
#define LAMARCK_LINE(line)                                                         \
  [](const Vector* in, int i, Vector* out, int o) __attribute__((always_inline)) { \
    line(in, i, out, o);                                                           \
  }

// A row of a tile of `side` pixels; zeros beside the part. Without branches, which would be
// mispredicted.
template <int side, bool whole, class Element>
LAMARCK_INLINE void read_line(const Element* from, std::int64_t y, const TilePart& part,
                              Vector* line) {
  const bool inside = (y >= part.top) & (y < part.bottom);
  for (int x = 0; x < side; ++x)
    line[x] = whole ? get(from + kWidth * x)
                    : read_if(inside & (x >= part.left) & (x < part.right), from + kWidth * x);
}

// Pixels to points: rows of `side`, then columns, each by `transform`.
template <int side, bool whole, class Element, class Line>
LAMARCK_INLINE void to_points(const Element* from, std::int64_t row, const TilePart& part,
                              const Line& transform, float* to, std::int64_t step) {
  Vector half[side * 6];
  for (int y = 0; y < side; ++y) {
    Vector line[side];
    read_line<side, whole>(from + y * row, y, part, line);
    transform(line, 1, half + 6 * y, 1);
  }
  for (int x = 0; x < 6; ++x) {
    Vector column[6];
    transform(half + x, 6, column, 1);
    for (int y = 0; y < 6; ++y) vector(to + (6 * y + x) * step) = column[y];
  }
}

template <int side, class Element, class Line>
LAMARCK_INLINE void tile_to_points(const Element* from, std::int64_t row, const TilePart& part,
                                   const Line& transform, float* to, std::int64_t step) {
  if (part.is_whole(side))
    to_points<side, true>(from, row, part, transform, to, step);
  else
    to_points<side, false>(from, row, part, transform, to, step);
}

template <class Element>
void transform_input(const Element* from, std::int64_t row, const TilePart& part, float* to,
                     std::int64_t step) {
  tile_to_points<kTileIn>(from, row, part, LAMARCK_LINE(input_line), to, step);
}

template <class Element>
void transform_output(const float* from, std::int64_t step, const Finish& finish,
                      const Element* other, Element* to, std::int64_t row, const TilePart& part) {
  const Vector zero{};
  const Vector bias = finish.bias ? Vector(vector(finish.bias)) : zero;
  Vector half[6 * 4];
  for (int y = 0; y < 6; ++y) {
    Vector line[6];
    for (int x = 0; x < 6; ++x) line[x] = vector(from + (6 * y + x) * step);
    output_line(line, 1, half + 4 * y, 1);
  }
  for (int x = 0; x < part.right; ++x) {
    Vector column[4];
    output_line(half + x, 4, column, 1);
    for (int y = 0; y < part.bottom; ++y) {
      Vector sum = column[y] + bias;
      if (other) sum += get(other + y * row + kWidth * x);
      // As everywhere, a NaN stays one.
      put(to + y * row + kWidth * x, finish.relu ? Vector(sum < zero ? zero : sum) : sum);
    }
  }
}

template <class Element>
void transform_gradient(const Element* from, std::int64_t row, const TilePart& part, float* to,
                        std::int64_t step) {
  tile_to_points<kTileOut>(from, row, part, LAMARCK_LINE(gradient_line), to, step);
}

void transform_filter(const float* from, const FilterLanes& lanes, float* to, std::int64_t step) {
  Vector taps[9];
  for (int t = 0; t < 9; ++t) {
    const float* tap = from + (lanes.flipped ? 8 - t : t);
    Vector value{};
    for (int l = 0; l < lanes.used; ++l) value[l] = tap[l * lanes.stride];
    taps[t] = value;
  }
  Vector half[6 * 3];
  for (int x = 0; x < 3; ++x) filter_line(taps + x, 3, half + x, 3);
  for (int y = 0; y < 6; ++y) {
    Vector line[6];
    filter_line(half + 3 * y, 1, line, 1);
    for (int x = 0; x < 6; ++x) vector(to + (6 * y + x) * step) = line[x];
  }
}

void filter_gradient(const float* from, std::int64_t step, const FilterLanes& lanes, float* to) {
  Vector half[3 * 6];
  for (int x = 0; x < 6; ++x) {
    Vector column[6];
    for (int y = 0; y < 6; ++y) column[y] = vector(from + (6 * y + x) * step);
    taps_line(column, 1, half + x, 6);
  }
  for (int y = 0; y < 3; ++y) {
    Vector line[3];
    taps_line(half + 6 * y, 1, line, 1);
    for (int x = 0; x < 3; ++x)
      for (int l = 0; l < lanes.used; ++l) to[l * lanes.stride + 3 * y + x] = line[x][l];
  }
}

// A row of tiles times one or two groups of filters; sums stay in registers.
template <int groups>
LAMARCK_INLINE void multiply_row(const WinogradSizes& sizes, const float* tiles,
                                 const float* filters, float* product) {
  const std::int64_t channels = kWidth * sizes.in_groups;
  Vector sums[kTileRow][groups] = {};
  for (std::int64_t group = 0; group < sizes.in_groups; ++group) {
    const float* tile = tiles + group * sizes.tiles * kWidth;
    const float* filter = filters + group * kSquare;
    for (int l = 0; l < kWidth; ++l) {
      Vector f[groups];
      for (int g = 0; g < groups; ++g) f[g] = vector(filter + g * channels * kWidth + kWidth * l);
#pragma GCC unroll 6
      for (int t = 0; t < kTileRow; ++t) {
        const Vector value = everywhere(tile[kWidth * t + l]);
        for (int g = 0; g < groups; ++g) fused(sums[t][g], value, f[g]);
      }
    }
  }
  for (int t = 0; t < kTileRow; ++t)
    for (int g = 0; g < groups; ++g)
      vector(product + g * sizes.tiles * kWidth + kWidth * t) = sums[t][g];
}

void multiply(const WinogradSizes& sizes, const float* tiles, const float* filters,
              float* product) {
  const std::int64_t channels = kWidth * sizes.in_groups;
  std::int64_t group = 0;
  for (; group + 2 <= sizes.out_groups; group += 2)
    for (std::int64_t t = 0; t < sizes.tiles; t += kTileRow)
      multiply_row<2>(sizes, tiles + kWidth * t, filters + group * channels * kWidth,
                      product + (group * sizes.tiles + t) * kWidth);
  for (; group < sizes.out_groups; ++group)
    for (std::int64_t t = 0; t < sizes.tiles; t += kTileRow)
      multiply_row<1>(sizes, tiles + kWidth * t, filters + group * channels * kWidth,
                      product + (group * sizes.tiles + t) * kWidth);
}

// Some channels of the tiles times one or two groups of gradients, summed over tiles.
template <int rows, int groups>
LAMARCK_INLINE void add_block(const WinogradSizes& sizes, std::int64_t used, const float* tiles,
                              const float* gradients, float* filters) {
  const std::int64_t channels = kWidth * sizes.in_groups;
  Vector sums[rows][groups];
  for (int r = 0; r < rows; ++r)
    for (int g = 0; g < groups; ++g)
      sums[r][g] = vector(filters + g * channels * kWidth + kWidth * r);
  for (std::int64_t t = 0; t < used; ++t) {
    Vector d[groups];
    for (int g = 0; g < groups; ++g) d[g] = vector(gradients + (g * sizes.tiles + t) * kWidth);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector value = everywhere(tiles[kWidth * t + r]);
      for (int g = 0; g < groups; ++g) fused(sums[r][g], value, d[g]);
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int g = 0; g < groups; ++g)
      vector(filters + g * channels * kWidth + kWidth * r) = sums[r][g];
}

void add_products(const WinogradSizes& sizes, std::int64_t used, const float* tiles,
                  const float* gradients, float* filters) {
  const std::int64_t channels = kWidth * sizes.in_groups;
  for (std::int64_t in = 0; in < sizes.in_groups; ++in) {
    const float* tile = tiles + in * sizes.tiles * kWidth;
    std::int64_t out = 0;
    for (; out + 2 <= sizes.out_groups; out += 2)
      for (int row = 0; row < kWidth; row += kRows)
        add_block<kRows, 2>(sizes, used, tile + row, gradients + out * sizes.tiles * kWidth,
                            filters + (out * channels + kWidth * in + row) * kWidth);
    for (; out < sizes.out_groups; ++out)
      add_block<kWidth, 1>(sizes, used, tile, gradients + out * sizes.tiles * kWidth,
                           filters + (out * channels + kWidth * in) * kWidth);
  }
}

template <class Element>
constexpr WinogradImagePasses<Element> kImagePasses{
    .transform_input = transform_input<Element>,
    .transform_output = transform_output<Element>,
    .transform_gradient = transform_gradient<Element>};
}  // namespace

const WinogradPasses kWinogradPasses{.width = kWidth,
                                     .f32 = kImagePasses<float>,
                                     .bf16 = kImagePasses<Bf16>,
                                     .transform_filter = transform_filter,
                                     .filter_gradient = filter_gradient,
                                     .multiply = multiply,
                                     .add_products = add_products};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
#endif
