#include "kernels/batch_norm.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/reference_batch_norm.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

constexpr double kTolerance = 1e-4;
constexpr float kEpsilon = 1e-3F;

std::vector<Layout> layouts() {
  std::vector<Layout> all{Layout::plain({8, 5}), Layout::plain({16, 32}), Layout::plain({7, 1})};
  for (const Dims& dims : {Dims{4, 1, 3, 3}, Dims{2, 3, 5, 4}, Dims{3, 17, 4, 3}, Dims{2, 16, 6, 6},
                           Dims{1, 8, 4, 4}, Dims{9, 24, 1, 1}})
    for (const Layout& layout : activation_layouts(dims)) all.push_back(layout);
  for (const Dims& dims : {Dims{2, 3, 5, 4}, Dims{3, 17, 4, 3}, Dims{9, 24, 1, 1}})
    for (const int block : {8, 16}) all.push_back(Layout::blocked(dims, block, DataType::bf16));
  return all;
}

NormShape shape_of(const Layout& layout) {
  const auto channels = static_cast<std::size_t>(layout.dims()[1]);
  const auto images = static_cast<std::size_t>(layout.dims()[0]);
  return {images, channels, layout.elements() / channels / images};
}

// What a tensor of this layout holds of them.
Values as_held(const Layout& layout, const Values& values) {
  return layout.type() == DataType::bf16 ? rounded(values) : values;
}

struct Operands {
  Operands(const Layout& layout, const BatchNorm& norm, Random& random)
      : x(as_held(layout, random_values(layout.elements(), random, -1, 3))),
        scales(random_values(norm.scale_shift_layout().elements(), random, 0.5, 1.5)),
        src(lay(x, layout)),
        scale_shift(lay(scales, norm.scale_shift_layout())),
        mean(rubbish(norm.statistics_layout())),
        variance(rubbish(norm.statistics_layout())),
        dst(rubbish(layout)),
        workspace(norm.workspace_layout().bytes()),
        scratch(norm.scratch_bytes()),
        workspace_memory{norm.workspace_layout(), workspace.data()} {}
  Values x, scales;
  LaidOut src, scale_shift, mean, variance, dst;
  Buffer workspace, scratch;
  Memory workspace_memory;
};

}  // namespace

TEST_CASE("batch normalisation in training agrees with the formulas", "[batch_norm]") {
  Random random{1};
  for (const bool relu : {false, true})
    for (const Layout& layout : layouts()) {
      const NormShape shape = shape_of(layout);
      const BatchNorm norm(layout, {.training = true, .fused_relu = relu, .epsilon = kEpsilon});
      const Operands o(layout, norm, random);
      INFO(layout.text() << (relu ? " relu" : ""));
      CHECK(norm.scale_shift_layout() == Layout::plain({2, layout.dims()[1]}));
      norm.forward(o.src.memory(), o.scale_shift.memory(), o.mean.memory(), o.variance.memory(),
                   o.dst.memory(), o.workspace_memory, o.scratch.data())
          .run();
      const Statistics s = statistics_of(shape, o.x);
      CHECK(relative_error(read(o.mean), s.mean) < kTolerance);
      CHECK(relative_error(read(o.variance), s.variance) < kTolerance);
      const Values y = normalise(shape, o.x, o.scales, s, kEpsilon, relu);
      CHECK(relative_error(read(o.dst), y) < tolerance(layout));
      CHECK(padding_is_zero(o.dst));

      const Values dy = as_held(layout, random_values(layout, random));
      const LaidOut diff_dst = lay(dy, layout), diff_src = rubbish(layout);
      const LaidOut diff_scale_shift = rubbish(norm.scale_shift_layout());
      norm.backward(o.src.memory(), diff_dst.memory(), o.scale_shift.memory(), o.mean.memory(),
                    o.variance.memory(), o.workspace_memory, diff_src.memory(),
                    diff_scale_shift.memory(), o.scratch.data())
          .run();
      const NormGradient g = normalise_backward(shape, o.x, dy, o.scales, s, kEpsilon, relu, y);
      CHECK(relative_error(read(diff_src), g.src) < tolerance(layout));
      CHECK(relative_error(read(diff_scale_shift), g.scale_shift) < kTolerance);
      CHECK(padding_is_zero(diff_src));
    }
}

TEST_CASE("batch normalisation in inference uses the statistics it is given", "[batch_norm]") {
  Random random{2};
  for (const bool relu : {false, true})
    for (const Layout& layout : layouts()) {
      const NormShape shape = shape_of(layout);
      const BatchNorm norm(layout, {.training = false, .fused_relu = relu, .epsilon = kEpsilon});
      const Operands o(layout, norm, random);
      CHECK(norm.workspace_layout().empty());
      const Statistics s{random_values(shape.channels, random),
                         random_values(shape.channels, random, 0.1, 2)};
      const LaidOut mean = lay(s.mean, norm.statistics_layout());
      const LaidOut variance = lay(s.variance, norm.statistics_layout());
      INFO(layout.text() << (relu ? " relu" : ""));
      const auto run = [&](const LaidOut& src, const LaidOut& dst) {
        norm.forward(src.memory(), o.scale_shift.memory(), mean.memory(), variance.memory(),
                     dst.memory(), {}, o.scratch.data())
            .run();
      };
      run(o.src, o.dst);
      CHECK(relative_error(read(o.dst), normalise(shape, o.x, o.scales, s, kEpsilon, relu)) <
            tolerance(layout));
      CHECK(padding_is_zero(o.dst));
      CHECK(read(mean) == s.mean);
      run(o.src, o.src);  // in place
      CHECK(read(o.src) == read(o.dst));
    }
}

TEST_CASE("batch normalisation refuses what makes no sense", "[batch_norm]") {
  CHECK_THROWS_AS(BatchNorm(Layout::plain({2, 3, 4}), {}), std::invalid_argument);
  CHECK_THROWS_AS(BatchNorm(Layout::plain({2, 3, 4, 4}), {.epsilon = 0}), std::invalid_argument);
  CHECK_THROWS_AS(BatchNorm(Layout{}, {}), std::invalid_argument);
  const Layout layout = Layout::plain({2, 3, 4, 4});
  const BatchNorm norm(layout, {});
  Random random{3};
  const Operands o(layout, norm, random);
  CHECK_THROWS_AS(norm.forward(o.src.memory(), o.mean.memory(), o.mean.memory(),
                               o.variance.memory(), o.dst.memory(), {}, o.scratch.data()),
                  std::invalid_argument);
  CHECK_THROWS_AS(norm.forward(o.src.memory(), o.scale_shift.memory(), o.mean.memory(),
                               o.variance.memory(), o.src.memory(), {}, o.scratch.data()),
                  std::invalid_argument);
}

TEST_CASE("a mean far from zero leaves the variance its digits", "[batch_norm]") {
  Random random{4};
  const Dims dims{6, 16, 20, 20};
  for (const int block : {8, 16}) {
    const Layout layout = Layout::blocked(dims, block);
    const NormShape shape = shape_of(layout);
    const BatchNorm norm(layout, {.training = true, .epsilon = kEpsilon});
    Operands o(layout, norm, random);
    o.x = random_values(layout.elements(), random, 999.5, 1000.5);
    o.src = lay(o.x, layout);
    norm.forward(o.src.memory(), o.scale_shift.memory(), o.mean.memory(), o.variance.memory(),
                 o.dst.memory(), o.workspace_memory, o.scratch.data())
        .run();
    CHECK(relative_error(read(o.variance), statistics_of(shape, o.x).variance) < kTolerance);
  }
}

TEST_CASE("a value that is no number is not hidden by the ReLU", "[batch_norm]") {
  const Layout layout = Layout::blocked({2, 8, 3, 3}, 8);
  const BatchNorm norm(layout, {.training = true, .fused_relu = true, .epsilon = kEpsilon});
  Random random{5};
  Operands o(layout, norm, random);
  o.x[4] = std::numeric_limits<float>::quiet_NaN();
  o.src = lay(o.x, layout);
  norm.forward(o.src.memory(), o.scale_shift.memory(), o.mean.memory(), o.variance.memory(),
               o.dst.memory(), o.workspace_memory, o.scratch.data())
      .run();
  const Values y = read(o.dst);
  CHECK(std::isnan(y[4]));
  CHECK(std::isnan(y[5]));  // of the same channel
}

TEST_CASE("a fused addition is the normalisation, the sum and the ReLU one after another",
          "[batch_norm]") {
  Random random{6};
  for (const Layout& layout : layouts()) {
    if (!BatchNorm::adds(layout)) continue;
    INFO(layout.text());
    const NormShape shape = shape_of(layout);
    const BatchNorm norm(layout, {.training = true, .fused_relu = true, .epsilon = kEpsilon});
    const Operands o(layout, norm, random);
    const Values other = as_held(layout, random_values(layout, random));
    const LaidOut addend = lay(other, layout);
    norm.forward_add(o.src.memory(), addend.memory(), o.scale_shift.memory(), o.mean.memory(),
                     o.variance.memory(), o.dst.memory())
        .run();
    const Statistics s = statistics_of(shape, o.x);
    Values y = normalise(shape, o.x, o.scales, s, kEpsilon, false);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = std::max(y[i] + other[i], 0.0);
    CHECK(relative_error(read(o.dst), y) < tolerance(layout));
    CHECK(padding_is_zero(o.dst));

    // The kernel goes by what it has written: in bf16 a tiny sum may have become zero.
    y = as_held(layout, y);
    Values dy = as_held(layout, random_values(layout, random));
    const LaidOut diff_dst = lay(dy, layout), diff_src = rubbish(layout);
    const LaidOut diff_scale_shift = rubbish(norm.scale_shift_layout());
    norm.backward_add({.src = o.src.memory(),
                       .dst = o.dst.memory(),
                       .diff_dst = diff_dst.memory(),
                       .scale_shift = o.scale_shift.memory(),
                       .mean = o.mean.memory(),
                       .variance = o.variance.memory(),
                       .diff_src = diff_src.memory(),
                       .diff_other = diff_dst.memory(),
                       .diff_scale_shift = diff_scale_shift.memory()})
        .run();
    for (std::size_t i = 0; i < dy.size(); ++i)
      if (!(y[i] > 0)) dy[i] = 0;
    CHECK(read(diff_dst) == dy);  // the addend's gradient, in place
    const NormGradient g = normalise_backward(shape, o.x, dy, o.scales, s, kEpsilon, false, y);
    CHECK(relative_error(read(diff_src), g.src) < tolerance(layout));
    CHECK(relative_error(read(diff_scale_shift), g.scale_shift) < kTolerance);
    CHECK(padding_is_zero(diff_src));
  }
}

TEST_CASE("a fused addition without ReLU is the normalisation and the sum", "[batch_norm]") {
  Random random{7};
  for (const Layout& layout : layouts()) {
    if (!BatchNorm::adds(layout)) continue;
    INFO(layout.text());
    const NormShape shape = shape_of(layout);
    const BatchNorm norm(layout, {.training = true, .epsilon = kEpsilon});
    const Operands o(layout, norm, random);
    const Values other = as_held(layout, random_values(layout, random));
    const LaidOut addend = lay(other, layout);
    norm.forward_add(o.src.memory(), addend.memory(), o.scale_shift.memory(), o.mean.memory(),
                     o.variance.memory(), addend.memory())
        .run();
    Values y = normalise(shape, o.x, o.scales, statistics_of(shape, o.x), kEpsilon, false);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += other[i];
    CHECK(relative_error(read(addend), y) < tolerance(layout));  // in the addend's place
    CHECK(padding_is_zero(addend));
    CHECK_THROWS_AS(norm.backward_add({}), std::invalid_argument);
  }
}

TEST_CASE("an addition is fused into blocked images in training alone", "[batch_norm]") {
  const Layout plain = Layout::plain({2, 3, 4, 4}), blocked = Layout::blocked({2, 8, 4, 4}, 8);
  CHECK_FALSE(BatchNorm::adds(plain));
  CHECK(BatchNorm::adds(blocked));
  const Memory none;
  for (const BatchNorm& norm : {BatchNorm(plain, {.fused_relu = true}),
                                BatchNorm(blocked, {.training = false, .fused_relu = true})}) {
    CHECK_THROWS_AS(norm.forward_add(none, none, none, none, none, none), std::invalid_argument);
    CHECK_THROWS_AS(norm.backward_add({}), std::invalid_argument);
  }
}
