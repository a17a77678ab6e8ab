#include "kernels/simd/norm_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

// The body of a loop over elements i to i + 7, which belong to this half of the lanes.
#define LAMARCK_EIGHT [&](std::int64_t i, auto half) __attribute__((always_inline))

// Sixteen lanes in two registers.
struct Halves {
  Eight half[2];
  explicit LAMARCK_INLINE Halves(const Lanes& lanes) : half{at(lanes.at), at(lanes.at + 8)} {}
  LAMARCK_INLINE void store(Lanes& lanes) const {
    at(lanes.at) = half[0];
    at(lanes.at + 8) = half[1];
  }
  template <class Half>
  LAMARCK_INLINE Eight& operator[](Half) {
    return half[Half::value];
  }
  template <class Half>
  LAMARCK_INLINE const Eight& operator[](Half) const {
    return half[Half::value];
  }
};
struct Low {
  static constexpr int value = 0;
};
struct High {
  static constexpr int value = 1;
};

template <class Body>
LAMARCK_INLINE void over(std::int64_t count, const Body& body) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    body(i, Low{});
    body(i + 8, High{});
  }
  if (i < count) body(i, Low{});
}

void add_moments(const float* x, std::int64_t count, const Lanes& pilot, Lanes& sum,
                 Lanes& squares) {
  const Halves p{pilot};
  Halves s{sum}, q{squares};
  over(
      count, LAMARCK_EIGHT {
        const Eight d = at(x + i) - p[half];
        s[half] += d;
        q[half] += d * d;
      });
  s.store(sum);
  q.store(squares);
}

void normalise(const float* src, std::int64_t count, const Affine& affine, float* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  over(
      count, LAMARCK_EIGHT { at(dst + i) = at(src + i) * f[half] + o[half]; });
}

// ReLU is not `y > 0 ? y : 0`: a NaN stays one, so that divergence is seen.
void normalise_relu(const float* src, std::int64_t count, const Affine& affine, float* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight y = at(src + i) * f[half] + o[half];
        at(dst + i) = y < zero ? zero : y;
      });
}

void normalise_add_relu(const float* src, const float* other, std::int64_t count,
                        const Affine& affine, float* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight y = at(src + i) * f[half] + o[half] + at(other + i);
        at(dst + i) = y < zero ? zero : y;
      });
}

void add_gradients(const float* src, const float* diff, std::int64_t count, const Lanes& centre,
                   Lanes& sum, Lanes& products) {
  const Halves c{centre};
  Halves s{sum}, p{products};
  over(
      count, LAMARCK_EIGHT {
        const Eight g = at(diff + i);
        s[half] += g;
        p[half] += g * (at(src + i) - c[half]);
      });
  s.store(sum);
  p.store(products);
}

void add_gradients_relu(const float* src, const float* diff, std::int64_t count,
                        const Lanes& centre, const Affine& affine, Lanes& sum, Lanes& products) {
  const Halves c{centre}, f{affine.factor}, o{affine.offset};
  Halves s{sum}, p{products};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight x = at(src + i);
        const Eight g = x * f[half] + o[half] > zero ? at(diff + i) : zero;
        s[half] += g;
        p[half] += g * (x - c[half]);
      });
  s.store(sum);
  p.store(products);
}

void add_gradients_masked(const float* src, const float* diff, const float* dst, std::int64_t count,
                          const Lanes& centre, float* masked, Lanes& sum, Lanes& products) {
  const Halves c{centre};
  Halves s{sum}, p{products};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight g = at(dst + i) > zero ? at(diff + i) : zero;
        at(masked + i) = g;
        s[half] += g;
        p[half] += g * (at(src + i) - c[half]);
      });
  s.store(sum);
  p.store(products);
}

void differentiate(const float* src, const float* diff, std::int64_t count,
                   const Differential& differential, float* diff_src) {
  const Halves a{differential.gain}, b{differential.slope}, e{differential.offset};
  over(
      count, LAMARCK_EIGHT {
        at(diff_src + i) = at(diff + i) * a[half] + at(src + i) * b[half] + e[half];
      });
}

void differentiate_relu(const float* src, const float* diff, std::int64_t count,
                        const Affine& affine, const Differential& differential, float* diff_src) {
  const Halves f{affine.factor}, o{affine.offset};
  const Halves a{differential.gain}, b{differential.slope}, e{differential.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight x = at(src + i);
        const Eight g = x * f[half] + o[half] > zero ? at(diff + i) : zero;
        at(diff_src + i) = g * a[half] + x * b[half] + e[half];
      });
}

}  // namespace

const NormPasses kNormPasses{.add_moments = add_moments,
                             .normalise = normalise,
                             .normalise_relu = normalise_relu,
                             .normalise_add_relu = normalise_add_relu,
                             .add_gradients = add_gradients,
                             .add_gradients_relu = add_gradients_relu,
                             .add_gradients_masked = add_gradients_masked,
                             .differentiate = differentiate,
                             .differentiate_relu = differentiate_relu};

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
