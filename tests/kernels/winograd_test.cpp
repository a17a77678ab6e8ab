#include "kernels/detail/winograd.hpp"

#include <algorithm>

#include "kernels/simd/winograd_passes.hpp"
#include "tests/catch.hpp"
#include "tests/support/conv_problems.hpp"

using namespace lamarck::kernels;

namespace {

ConvProblem problem(int batch, int in, int size, int out) {
  return {.batch = batch,
          .in_channels = in,
          .in_height = size,
          .in_width = size,
          .out_channels = out,
          .kernel_height = 3,
          .kernel_width = 3,
          .pad_top = 1,
          .pad_left = 1,
          .pad_bottom = 1,
          .pad_right = 1};
}

}  // namespace

// What was measured, in docs/performance.md.
TEST_CASE("Winograd's method is used where it was measured to be faster", "[winograd]") {
  const auto pays = [](int batch, int in, int size, int out) {
    return detail::winograd_pays(problem(batch, in, size, out));
  };
  CHECK(pays(64, 16, 32, 16));
  CHECK(pays(64, 128, 8, 128));
  CHECK(pays(64, 8, 28, 8));
  CHECK(pays(16, 16, 8, 16));  // 1024 pixels
  CHECK(pays(64, 128, 7, 128));
  CHECK(pays(64, 32, 6, 32));   // 0.56 of the tiles
  CHECK(pays(64, 16, 10, 16));  // 0.69

  for (const int few : {1, 3, 7}) {
    CHECK_FALSE(pays(64, few, 28, 32));
    CHECK_FALSE(pays(64, 32, 28, few));
  }
  CHECK_FALSE(pays(15, 16, 8, 16));  // fewer pixels
  CHECK_FALSE(pays(64, 32, 5, 32));  // 0.39 of the tiles
  CHECK_FALSE(pays(64, 16, 9, 16));  // 0.56, and few channels
  CHECK_FALSE(pays(64, 16, 6, 32));
  CHECK_FALSE(pays(1024, 32, 3, 32));  // smaller than a tile
}

TEST_CASE("kernels are tested on problems of Winograd's method", "[winograd]") {
  const auto problems = lamarck::test::conv_problems();
  CHECK(std::count_if(problems.begin(), problems.end(), detail::winograd_pays) == 6);
}

TEST_CASE("Winograd's method is for 3x3 of stride 1, whole and in one group", "[winograd]") {
  const auto refused = [](auto change) {
    ConvProblem p = problem(64, 32, 16, 32);
    CHECK(detail::winograd_pays(p));
    change(p);
    CHECK_FALSE(detail::winograd_pays(p));
  };
  refused([](ConvProblem& p) { p.kernel_height = 5; });
  refused([](ConvProblem& p) { p.kernel_width = 1; });
  refused([](ConvProblem& p) { p.stride_height = 2; });
  refused([](ConvProblem& p) { p.stride_width = 2; });
  refused([](ConvProblem& p) { p.dilation_width = 2; });
  refused([](ConvProblem& p) { p.groups = 2; });
  refused([](ConvProblem& p) { p.pad_left = 3; });
}

TEST_CASE("channels side by side are what wastes least of the padding", "[winograd]") {
  const auto width = [](int in, int out) {
    const auto conv = detail::winograd(problem(64, in, 16, out), DataType::f32, 0);
    return conv ? conv->passes->width : 0;
  };
  if (!simd::winograd_passes(8)) {
    CHECK(width(32, 32) == 0);
    return;
  }
  const std::int64_t widest = simd::winograd_passes(16) ? 16 : 8;
  CHECK(width(16, 16) == widest);
  CHECK(width(64, 48) == widest);
  CHECK(width(8, 8) == 8);
  CHECK(width(24, 24) == 8);
}
