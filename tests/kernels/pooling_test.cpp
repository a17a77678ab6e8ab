#include "kernels/pooling.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/reference_pooling.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

std::vector<PoolProblem> problems() {
  std::vector<PoolProblem> all;
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    const auto add = [&](PoolProblem p) {
      p.kind = kind;
      all.push_back(p);
    };
    add({.batch = 1,
         .channels = 1,
         .in_height = 1,
         .in_width = 1,
         .kernel_height = 1,
         .kernel_width = 1,
         .stride_height = 1,
         .stride_width = 1});
    add({.batch = 2, .channels = 16, .in_height = 8, .in_width = 8});
    add({.batch = 2, .channels = 3, .in_height = 7, .in_width = 9});
    add({.batch = 2,
         .channels = 17,
         .in_height = 6,
         .in_width = 5,
         .kernel_height = 3,
         .kernel_width = 3,
         .stride_height = 2,
         .stride_width = 2,
         .pad_top = 1,
         .pad_left = 1,
         .pad_bottom = 1,
         .pad_right = 1});
    add({.batch = 1,
         .channels = 8,
         .in_height = 6,
         .in_width = 6,
         .kernel_height = 3,
         .kernel_width = 3,
         .stride_height = 1,
         .stride_width = 1,
         .pad_top = 1,
         .pad_left = 1,
         .pad_bottom = 1,
         .pad_right = 1});
    add({.batch = 2,
         .channels = 9,
         .in_height = 6,
         .in_width = 7,
         .kernel_height = 2,
         .kernel_width = 3,
         .stride_height = 1,
         .stride_width = 3,
         .pad_left = 2,
         .pad_bottom = 1});
    add({.batch = 2,
         .channels = 5,
         .in_height = 2,
         .in_width = 2,
         .kernel_height = 5,
         .kernel_width = 5,
         .stride_height = 1,
         .stride_width = 1,
         .pad_top = 2,
         .pad_left = 2,
         .pad_bottom = 2,
         .pad_right = 2});  // a kernel larger than the image
    add({.batch = 3,
         .channels = 20,
         .in_height = 7,
         .in_width = 5,
         .kernel_height = 7,
         .kernel_width = 5,
         .stride_height = 1,
         .stride_width = 1});  // global
  }
  return all;
}

}  // namespace

TEST_CASE("pooling and its gradient agree with the definition in every layout", "[pooling]") {
  Random random{1};
  for (const PoolProblem& p : problems())
    for (const Layout& layout :
         activation_layouts({p.batch, p.channels, p.in_height, p.in_width})) {
      const Pooling pooling(p, layout, true);
      INFO(p.text() << " " << layout.text() << " -> " << pooling.dst_layout().text());
      CHECK(pooling.src_layout() == layout);
      CHECK(pooling.workspace_layout().empty() == (p.kind == PoolKind::average));
      const Values x = random_values(layout.elements(), random, -3, -1);  // padding is no maximum
      const LaidOut src = lay(x, layout), dst = rubbish(pooling.dst_layout());
      const Buffer workspace(pooling.workspace_layout().bytes()), scratch(pooling.scratch_bytes());
      const Memory where{pooling.workspace_layout(), workspace.data()};
      pooling.forward(src.memory(), dst.memory(), where, scratch.data()).run();
      CHECK(relative_error(read(dst), pool(p, x)) < 1e-4);
      CHECK(padding_is_zero(dst));

      const Values dy = random_values(pooling.dst_layout(), random);
      const LaidOut diff_dst = lay(dy, pooling.dst_layout()), diff_src = rubbish(layout);
      pooling.backward(diff_dst.memory(), where, diff_src.memory(), scratch.data()).run();
      CHECK(relative_error(read(diff_src), pool_backward(p, x, dy)) < 1e-4);
      CHECK(padding_is_zero(diff_src));

      const Pooling inference(p, layout, false);
      CHECK(inference.workspace_layout().empty());
      const LaidOut again = rubbish(inference.dst_layout());
      inference.forward(src.memory(), again.memory(), {}, scratch.data()).run();
      CHECK(relative_error(read(again), pool(p, x)) < 1e-4);
    }
}

TEST_CASE("max pooling in bf16 rounds nothing", "[pooling]") {
  Random random{2};
  int taken = 0;
  for (const PoolProblem& p : problems())
    for (const int block : {8, 16}) {
      const Dims dims{p.batch, p.channels, p.in_height, p.in_width};
      const Layout layout = Layout::blocked(dims, block, DataType::bf16);
      const bool overlaps = p.kernel_height > p.stride_height || p.kernel_width > p.stride_width;
      CHECK(Pooling::takes(p, layout) == (p.kind == PoolKind::max && !overlaps));
      if (!Pooling::takes(p, layout)) continue;
      ++taken;
      INFO(p.text() << " " << layout.text());
      const Pooling pooling(p, layout, true);
      CHECK(pooling.dst_layout().type() == DataType::bf16);
      const Values x = rounded(random_values(layout.elements(), random, -3, -1));
      const LaidOut src = lay(x, layout), dst = rubbish(pooling.dst_layout());
      const Buffer workspace(pooling.workspace_layout().bytes());
      const Memory where{pooling.workspace_layout(), workspace.data()};
      pooling.forward(src.memory(), dst.memory(), where, nullptr).run();
      CHECK(read(dst) == pool(p, x));
      CHECK(padding_is_zero(dst));

      const Values dy = rounded(random_values(pooling.dst_layout(), random));
      const LaidOut diff_dst = lay(dy, pooling.dst_layout()), diff_src = rubbish(layout);
      pooling.backward(diff_dst.memory(), where, diff_src.memory(), nullptr).run();
      CHECK(read(diff_src) == pool_backward(p, x, dy));
      CHECK(padding_is_zero(diff_src));

      const LaidOut again = rubbish(pooling.dst_layout());
      Pooling(p, layout, false).forward(src.memory(), again.memory(), {}, nullptr).run();
      CHECK(read(again) == pool(p, x));
    }
  CHECK(taken >= 6);
}

TEST_CASE("a value that is no number is not hidden by the maximum", "[pooling]") {
  const PoolProblem p{.batch = 1, .channels = 8, .in_height = 4, .in_width = 4};
  for (const DataType type : {DataType::f32, DataType::bf16})
    for (std::size_t place = 0; place < 16; ++place) {
      const Layout layout = Layout::blocked({1, 8, 4, 4}, 8, type);
      const Pooling training(p, layout, true), inference(p, layout, false);
      Values x(layout.elements(), 1.0);
      x[16 * 3 + place] = std::numeric_limits<double>::quiet_NaN();  // of channel 3
      const LaidOut src = lay(x, layout), dst = rubbish(training.dst_layout()),
                    again = rubbish(training.dst_layout());
      const Buffer workspace(training.workspace_layout().bytes());
      training
          .forward(src.memory(), dst.memory(), {training.workspace_layout(), workspace.data()},
                   nullptr)
          .run();
      inference.forward(src.memory(), again.memory(), {}, nullptr).run();
      for (const Values& found : {read(dst), read(again)})
        for (std::size_t i = 0; i < found.size(); ++i)
          CHECK(std::isnan(found[i]) == (i == 4 * 3 + place / 8 * 2 + place % 4 / 2));
    }
}

TEST_CASE("pooling problems that make no sense are refused", "[pooling]") {
  const PoolProblem good{.batch = 1, .channels = 2, .in_height = 4, .in_width = 4};
  CHECK_NOTHROW(check(good));
  const auto refused = [&](auto change) {
    PoolProblem p = good;
    change(p);
    CHECK_THROWS_AS(check(p), std::invalid_argument);
  };
  refused([](PoolProblem& p) { p.batch = 0; });
  refused([](PoolProblem& p) { p.stride_width = 0; });
  refused([](PoolProblem& p) { p.pad_left = -1; });
  refused([](PoolProblem& p) { p.kernel_height = 5; });  // empty output
  refused([](PoolProblem& p) { p.pad_top = 2; });        // first window
  refused([](PoolProblem& p) { p.pad_bottom = 2; });     // last window
  refused([](PoolProblem& p) { p.kernel_width = 3, p.pad_right = 1 << 30; });
  CHECK_THROWS_AS(Pooling(good, Layout::plain({1, 3, 4, 4}), true), std::invalid_argument);
  CHECK_THROWS_AS(Pooling(good, Layout{}, true), std::invalid_argument);
}
