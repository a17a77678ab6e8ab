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

template <class Element>
void add_moments(const Element* x, std::int64_t count, const Lanes& pilot, Lanes& sum,
                 Lanes& squares) {
  const Halves p{pilot};
  Halves s{sum}, q{squares};
  over(
      count, LAMARCK_EIGHT {
        const Eight d = Read(x + i).value - p[half];
        s[half] += d;
        q[half] += d * d;
      });
  s.store(sum);
  q.store(squares);
}

template <class Element>
void normalise(const Element* src, std::int64_t count, const Affine& affine, Element* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  over(
      count, LAMARCK_EIGHT { write(dst + i, Read(src + i).value * f[half] + o[half]); });
}

// ReLU is not `y > 0 ? y : 0`: a NaN stays one, so that divergence is seen.
template <class Element>
void normalise_relu(const Element* src, std::int64_t count, const Affine& affine, Element* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight y = Read(src + i).value * f[half] + o[half];
        write(dst + i, y < zero ? zero : y);
      });
}

template <class Element>
void normalise_add(const Element* src, const Element* other, std::int64_t count,
                   const Affine& affine, Element* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  over(
      count, LAMARCK_EIGHT {
        write(dst + i, Read(src + i).value * f[half] + o[half] + Read(other + i).value);
      });
}

template <class Element>
void normalise_add_relu(const Element* src, const Element* other, std::int64_t count,
                        const Affine& affine, Element* dst) {
  const Halves f{affine.factor}, o{affine.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight y = Read(src + i).value * f[half] + o[half] + Read(other + i).value;
        write(dst + i, y < zero ? zero : y);
      });
}

template <class Element>
void add_gradients(const Element* src, const Element* diff, std::int64_t count, const Lanes& centre,
                   Lanes& sum, Lanes& products) {
  const Halves c{centre};
  Halves s{sum}, p{products};
  over(
      count, LAMARCK_EIGHT {
        const Eight g = Read(diff + i).value;
        s[half] += g;
        p[half] += g * (Read(src + i).value - c[half]);
      });
  s.store(sum);
  p.store(products);
}

template <class Element>
void add_gradients_relu(const Element* src, const Element* diff, std::int64_t count,
                        const Lanes& centre, const Affine& affine, Lanes& sum, Lanes& products) {
  const Halves c{centre}, f{affine.factor}, o{affine.offset};
  Halves s{sum}, p{products};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight x = Read(src + i).value;
        const Eight g = x * f[half] + o[half] > zero ? Read(diff + i).value : zero;
        s[half] += g;
        p[half] += g * (x - c[half]);
      });
  s.store(sum);
  p.store(products);
}

template <class Element>
void add_gradients_masked(const Element* src, const Element* diff, const Element* dst,
                          std::int64_t count, const Lanes& centre, Element* masked, Lanes& sum,
                          Lanes& products) {
  const Halves c{centre};
  Halves s{sum}, p{products};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight g = Read(dst + i).value > zero ? Read(diff + i).value : zero;
        write(masked + i, g);
        s[half] += g;
        p[half] += g * (Read(src + i).value - c[half]);
      });
  s.store(sum);
  p.store(products);
}

template <class Element>
void differentiate(const Element* src, const Element* diff, std::int64_t count,
                   const Differential& differential, Element* diff_src) {
  const Halves a{differential.gain}, b{differential.slope}, e{differential.offset};
  over(
      count, LAMARCK_EIGHT {
        write(diff_src + i,
              Read(diff + i).value * a[half] + Read(src + i).value * b[half] + e[half]);
      });
}

template <class Element>
void differentiate_relu(const Element* src, const Element* diff, std::int64_t count,
                        const Affine& affine, const Differential& differential, Element* diff_src) {
  const Halves f{affine.factor}, o{affine.offset};
  const Halves a{differential.gain}, b{differential.slope}, e{differential.offset};
  const Eight zero{};
  over(
      count, LAMARCK_EIGHT {
        const Eight x = Read(src + i).value;
        const Eight g = x * f[half] + o[half] > zero ? Read(diff + i).value : zero;
        write(diff_src + i, g * a[half] + x * b[half] + e[half]);
      });
}

template <class Element>
constexpr NormPasses<Element> kPasses{.add_moments = add_moments<Element>,
                                      .normalise = normalise<Element>,
                                      .normalise_relu = normalise_relu<Element>,
                                      .normalise_add = normalise_add<Element>,
                                      .normalise_add_relu = normalise_add_relu<Element>,
                                      .add_gradients = add_gradients<Element>,
                                      .add_gradients_relu = add_gradients_relu<Element>,
                                      .add_gradients_masked = add_gradients_masked<Element>,
                                      .differentiate = differentiate<Element>,
                                      .differentiate_relu = differentiate_relu<Element>};
}  // namespace

const NormPasses<float> kNormPasses = kPasses<float>;
const NormPasses<Bf16> kBf16NormPasses = kPasses<Bf16>;

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
