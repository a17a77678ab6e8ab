// Each instruction set does the same arithmetic: the same bits. Where it fuses multiply-adds
// (registers.hpp) it does so up to rounding.
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
#include "kernels/simd/thin_conv_passes.hpp"
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
  const auto window = [](std::int64_t lanes, std::int64_t in, std::int64_t kernel,
                         std::int64_t stride) {
    const std::int64_t out = (in - kernel) / stride + 1;
    return PoolWindow{.lanes = lanes,
                      .in_height = in,
                      .in_width = in,
                      .out_height = out,
                      .out_width = out,
                      .kernel_height = kernel,
                      .kernel_width = kernel,
                      .stride_height = stride,
                      .stride_width = stride};
  };
  const std::vector<PoolWindow> windows{window(8, 8, 2, 2),   // whole pairs, which have loops of
                                        window(16, 8, 2, 2),  // their own
                                        window(16, 7, 2, 2),  // a row and a column left over
                                        window(8, 6, 2, 1),   // overlapping
                                        window(16, 9, 3, 3),
                                        window(8, 9, 3, 2),
                                        {.lanes = 8,
                                         .in_height = 7,
                                         .in_width = 6,
                                         .out_height = 4,
                                         .out_width = 3,
                                         .kernel_height = 3,
                                         .kernel_width = 2,
                                         .stride_height = 2,
                                         .stride_width = 2,
                                         .pad_top = 1}};
  for (const PoolWindow& w : windows) {
    const auto x = elements<TestType>(static_cast<std::size_t>(w.in_height * w.in_width * w.lanes),
                                      random),
               diff = elements<TestType>(
                   static_cast<std::size_t>(w.out_height * w.out_width * w.lanes), random);
    const auto run = [&](const PoolPasses<TestType>& pool) {
      std::vector<TestType> y(diff.size()), again(diff.size()), dx(x.size());
      std::vector<std::uint8_t> from(diff.size());
      pool.max_forward(w, x.data(), y.data(), from.data());
      pool.max_inference(w, x.data(), again.data());
      pool.max_backward(w, diff.data(), from.data(), dx.data());
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
}

TEST_CASE("tap gradients are those of the definition in every instruction set", "[simd]") {
  std::vector<const ThinConvPasses*> versions{&baseline::kThinConvPasses};
  for (const std::int64_t lanes : {8, 16})  // what the CPU can run
    if (const ThinConvPasses* passes = &thin_conv_passes(lanes); passes != versions.back())
      versions.push_back(passes);
  Random random{4};
  for (const std::int64_t lanes : {8, 16})
    for (const std::int64_t taps : {1, 2, 3, 4, 5, 6, 7})
      for (const std::int64_t width : {1, 5, 8, 11})  // columns go by two or four
        for (const std::int64_t stride : {1, 2}) {
          TapRow row{.out_height = 3,
                     .out_width = width,
                     .src_column = stride,
                     .tap = 1 + taps % 2,
                     .taps = taps,
                     .lanes = lanes};
          row.src_row = stride * (width - 1) + row.tap * (taps - 1) + 1;
          const auto src = values(static_cast<std::size_t>(row.out_height * row.src_row), random),
                     diff =
                         values(static_cast<std::size_t>(row.out_height * width * lanes), random);
          for (const ThinConvPasses* passes : versions) {
            if (passes->width > lanes) continue;
            const auto start = values(static_cast<std::size_t>(passes->width * taps), random);
            auto sums = start;
            passes->add_tap_gradients(row, src.data(), diff.data(), sums.data());
            for (std::int64_t t = 0; t < taps; ++t)
              for (std::int64_t l = 0; l < passes->width; ++l) {
                double expected = start[static_cast<std::size_t>(passes->width * t + l)];
                for (std::int64_t y = 0; y < row.out_height; ++y)
                  for (std::int64_t x = 0; x < width; ++x)
                    expected +=
                        double{diff[static_cast<std::size_t>((y * width + x) * lanes + l)]} *
                        double{src[static_cast<std::size_t>(y * row.src_row + x * stride +
                                                            t * row.tap)]};
                REQUIRE(sums[static_cast<std::size_t>(passes->width * t + l)] ==
                        Approx(expected).margin(1e-4));
              }
          }
        }
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
