// Each instruction set does the same arithmetic: the same bits, so that a run goes on on another
// machine as it would have here.
#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "kernels/bfloat16.hpp"
#include "kernels/random.hpp"
#include "kernels/simd/bf16_passes.hpp"
#include "kernels/simd/dropout_passes.hpp"
#include "kernels/simd/elementwise_passes.hpp"
#include "kernels/simd/norm_passes.hpp"
#include "kernels/simd/pool_passes.hpp"
#include "tests/catch.hpp"

#if LAMARCK_AVX2

using namespace lamarck::kernels::simd;
using lamarck::Random;

namespace {

std::vector<float> values(std::size_t count, Random& random) {
  std::vector<float> all(count);
  for (float& x : all) x = static_cast<float>(random.uniform(-2, 2));
  return all;
}
template <class Element>
std::vector<Element> elements(std::size_t count, Random& random) {
  const auto floats = values(count, random);
  std::vector<Element> all;
  for (const float x : floats) {
    if constexpr (std::is_same_v<Element, float>)
      all.push_back(x);
    else
      all.push_back({lamarck::kernels::Bfloat16(x).bits});
  }
  return all;
}

Lanes lanes(Random& random) {
  Lanes some;
  for (float& x : some.at) x = static_cast<float>(random.uniform(-2, 2));
  return some;
}

template <class Element>
bool same(const std::vector<Element>& a, const std::vector<Element>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Element)) == 0;
}
bool same(const Lanes& a, const Lanes& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// Whether the CPU can run the other version at all.
bool both_run() { return &norm_passes<float>() == &avx2::kNormPasses; }

template <class Element>
std::pair<NormPasses<Element>, NormPasses<Element>> both() {
  if constexpr (std::is_same_v<Element, float>)
    return {baseline::kNormPasses, avx2::kNormPasses};
  else
    return {baseline::kBf16NormPasses, avx2::kBf16NormPasses};
}

}  // namespace

TEMPLATE_TEST_CASE("normalisation passes give equal bits in every instruction set", "[simd]", float,
                   Bf16) {
  if (!both_run()) {
    WARN("skipped: this CPU has no AVX2");
    return;
  }
  Random random{1};
  for (const std::int64_t count : {8, 16, 24, 392, 4096}) {
    const auto n = static_cast<std::size_t>(count);
    const auto x = elements<TestType>(n, random), other = elements<TestType>(n, random),
               diff = elements<TestType>(n, random);
    const Affine affine{lanes(random), lanes(random)};
    const Differential differential{lanes(random), lanes(random), lanes(random)};
    const Lanes centre = lanes(random), start = lanes(random);
    const auto run = [&](const NormPasses<TestType>& passes) {
      std::vector<std::vector<TestType>> tensors;
      std::vector<Lanes> sums(8, start);
      const auto out = [&]() -> TestType* { return tensors.emplace_back(n).data(); };
      passes.add_moments(x.data(), count, centre, sums[0], sums[1]);
      passes.normalise(x.data(), count, affine, out());
      passes.normalise_relu(x.data(), count, affine, out());
      passes.normalise_add(x.data(), other.data(), count, affine, out());
      passes.normalise_add_relu(x.data(), other.data(), count, affine, out());
      passes.add_gradients(x.data(), diff.data(), count, centre, sums[2], sums[3]);
      passes.add_gradients_relu(x.data(), diff.data(), count, centre, affine, sums[4], sums[5]);
      passes.add_gradients_masked(x.data(), diff.data(), other.data(), count, centre, out(),
                                  sums[6], sums[7]);
      passes.differentiate(x.data(), diff.data(), count, differential, out());
      passes.differentiate_relu(x.data(), diff.data(), count, affine, differential, out());
      return std::pair{tensors, sums};
    };
    const auto [tensors, sums] = run(both<TestType>().first);
    const auto [fast_tensors, fast_sums] = run(both<TestType>().second);
    for (std::size_t i = 0; i < tensors.size(); ++i) CHECK(same(tensors[i], fast_tensors[i]));
    for (std::size_t i = 0; i < sums.size(); ++i) CHECK(same(sums[i], fast_sums[i]));
  }
}

TEMPLATE_TEST_CASE("sums and ReLU gradients give equal bits in every instruction set", "[simd]",
                   float, Bf16) {
  if (!both_run()) {
    WARN("skipped: this CPU has no AVX2");
    return;
  }
  Random random{6};
  const auto run = [](const ElementwisePasses<TestType>& passes, const std::vector<TestType>& a,
                      const std::vector<TestType>& b) {
    const auto count = static_cast<std::int64_t>(a.size());
    std::vector<std::vector<TestType>> out(3, std::vector<TestType>(a.size()));
    passes.add(a.data(), b.data(), count, out[0].data());
    passes.add_relu(a.data(), b.data(), count, out[1].data());
    passes.relu_backward(a.data(), b.data(), count, out[2].data());
    return out;
  };
  for (const std::size_t n : {1U, 8U, 13U, 1000U}) {
    const auto a = elements<TestType>(n, random), b = elements<TestType>(n, random);
    std::vector<std::vector<TestType>> slow, fast;
    if constexpr (std::is_same_v<TestType, float>) {
      slow = run(baseline::kElementwisePasses, a, b);
      fast = run(avx2::kElementwisePasses, a, b);
    } else {
      slow = run(baseline::kBf16ElementwisePasses, a, b);
      fast = run(avx2::kBf16ElementwisePasses, a, b);
    }
    for (std::size_t i = 0; i < slow.size(); ++i) CHECK(same(slow[i], fast[i]));
  }
}

TEST_CASE("bf16 passes round to the nearest and even in every instruction set", "[simd]") {
  using lamarck::kernels::Bfloat16;
  Random random{3};
  for (const std::int64_t count : {1, 7, 8, 1003}) {
    const auto n = static_cast<std::size_t>(count);
    auto x = values(n, random);
    // Ties, the largest numbers, what is no number.
    const std::vector<float> hard{1.00390625F,
                                  1.01171875F,
                                  -0.0F,
                                  3.4e38F,
                                  1e-40F,
                                  std::numeric_limits<float>::infinity(),
                                  std::numeric_limits<float>::quiet_NaN()};
    std::copy_n(hard.begin(), std::min(n, hard.size()), x.begin());
    std::vector<const Bf16Passes*> versions{&baseline::kBf16Passes};
    if (both_run()) versions.push_back(&avx2::kBf16Passes);
    for (const Bf16Passes* passes : versions) {
      std::vector<Bf16> half(n);
      std::vector<float> back(n);
      passes->narrow(x.data(), count, half.data());
      passes->widen(half.data(), count, back.data());
      for (std::size_t i = 0; i < n; ++i) {
        const Bfloat16 expected(x[i]);
        CHECK(half[i].bits == expected.bits);
        const auto wide = static_cast<float>(expected);
        CHECK(std::memcmp(&back[i], &wide, sizeof wide) == 0);
      }
    }
  }
}

TEMPLATE_TEST_CASE("pooling passes give equal bits in every instruction set", "[simd]", float,
                   Bf16) {
  if (!both_run()) {
    WARN("skipped: this CPU has no AVX2");
    return;
  }
  Random random{2};
  const PoolWindow window{.lanes = 8,
                          .in_height = 7,
                          .in_width = 6,
                          .out_height = 4,
                          .out_width = 3,
                          .kernel_height = 3,
                          .kernel_width = 2,
                          .stride_height = 2,
                          .stride_width = 2,
                          .pad_top = 1};
  const auto x = elements<TestType>(7 * 6 * 8, random),
             diff = elements<TestType>(4 * 3 * 8, random);
  const auto run = [&](const PoolPasses<TestType>& pool) {
    std::vector<TestType> y(diff.size()), again(diff.size()), dx(x.size());
    std::vector<std::uint8_t> from(diff.size());
    pool.max_forward(window, x.data(), y.data(), from.data());
    pool.max_inference(window, x.data(), again.data());
    pool.max_backward(window, diff.data(), from.data(), dx.data());
    CHECK(same(y, again));
    return std::vector{y, dx};
  };
  std::vector<std::vector<TestType>> slow, fast;
  if constexpr (std::is_same_v<TestType, float>) {
    slow = run(baseline::kPoolPasses);
    fast = run(avx2::kPoolPasses);
  } else {
    slow = run(baseline::kBf16PoolPasses);
    fast = run(avx2::kBf16PoolPasses);
  }
  for (std::size_t i = 0; i < slow.size(); ++i) CHECK(same(slow[i], fast[i]));
}

TEST_CASE("dropout passes give equal bits in every instruction set", "[simd]") {
  if (!both_run()) {
    WARN("skipped: this CPU has no AVX2");
    return;
  }
  Random random{2};
  const auto x = values(336, random);
  const auto run = [&](const DropoutPasses& passes) {
    std::vector<float> dropped(x.size());
    passes.drop({.first_key = 3, .second_key = 4, .threshold = 1U << 31, .factor = 2}, x.data(),
                dropped.data(), static_cast<std::int64_t>(x.size()));
    return dropped;
  };
  CHECK(same(run(baseline::kDropoutPasses), run(avx2::kDropoutPasses)));
}

#endif
