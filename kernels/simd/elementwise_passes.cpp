#include "kernels/simd/elementwise_passes.hpp"

namespace lamarck::kernels::simd::LAMARCK_ISA {
namespace {

constexpr std::int64_t kEight = 8;

// f(x, y) of eight at a time into `result`; what is left over goes through copies.
template <class Element, class Function>
LAMARCK_INLINE void over(const Element* a, const Element* b, std::int64_t count, Element* dst,
                         const Function& f) {
  std::int64_t i = 0;
  for (; i + kEight <= count; i += kEight) {
    Eight result;
    f(Read(a + i).value, Read(b + i).value, result);
    write(dst + i, result);
  }
  if (i == count) return;
  Element rest_a[kEight] = {};
  Element rest_b[kEight] = {};
  for (std::int64_t k = i; k < count; ++k) {
    rest_a[k - i] = a[k];
    rest_b[k - i] = b[k];
  }
  Eight result;
  f(Read(rest_a).value, Read(rest_b).value, result);
  write(rest_a, result);
  for (std::int64_t k = i; k < count; ++k) dst[k] = rest_a[k - i];
}

#define LAMARCK_OF_TWO \
  [](const Eight& x, const Eight& y, Eight& result) __attribute__((always_inline))

template <class Element>
void add(const Element* a, const Element* b, std::int64_t count, Element* dst) {
  over(
      a, b, count, dst, LAMARCK_OF_TWO { result = x + y; });
}

// A NaN stays one, so that divergence is seen.
template <class Element>
void add_relu(const Element* a, const Element* b, std::int64_t count, Element* dst) {
  over(
      a, b, count, dst, LAMARCK_OF_TWO {
        const Eight zero{};
        const Eight sum = x + y;
        result = sum < zero ? zero : sum;
      });
}

template <class Element>
void relu_backward(const Element* dst, const Element* diff_dst, std::int64_t count,
                   Element* diff_src) {
  over(
      dst, diff_dst, count, diff_src, LAMARCK_OF_TWO {
        const Eight zero{};
        result = x > zero ? y : zero;
      });
}

template <class Element>
constexpr ElementwisePasses<Element> kPasses{
    .add = add<Element>, .add_relu = add_relu<Element>, .relu_backward = relu_backward<Element>};

}  // namespace

const ElementwisePasses<float> kElementwisePasses = kPasses<float>;
const ElementwisePasses<Bf16> kBf16ElementwisePasses = kPasses<Bf16>;

}  // namespace lamarck::kernels::simd::LAMARCK_ISA
