#include "kernels/layout.hpp"

#include <stdexcept>

#include "kernels/combine.hpp"
#include "kernels/convolution.hpp"
#include "kernels/dense.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/conv_problems.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

TEST_CASE("a layout knows its size and says what it is", "[layout]") {
  const Layout plain = Layout::plain({2, 17, 3, 5});
  CHECK(plain.text() == "f32 2x17x3x5 abcd");
  CHECK(plain.elements() == 510);
  CHECK(plain.bytes() == 2040);
  CHECK(plain.is_plain());
  const Layout blocked = Layout::blocked({2, 17, 3, 5}, 8);
  CHECK(blocked.text() == "f32 2x17x3x5 aBcd8b");
  CHECK(blocked.elements() == 510);
  CHECK(blocked.bytes() == 2U * 24 * 3 * 5 * 4);
  CHECK_FALSE(blocked.is_plain());
  CHECK(Layout::channels_last({2, 17, 3, 5}).text() == "f32 2x17x3x5 acdb");
  CHECK(Layout::plain({4, 3}, DataType::bf16).bytes() == 24);
  CHECK(Layout::plain({4, 3}, DataType::u8).bytes() == 12);
  CHECK(Layout{}.bytes() == 0);
  CHECK(Layout{}.empty());
}

TEST_CASE("layouts are equal when they place every element alike", "[layout]") {
  CHECK(Layout{} == Layout{});
  CHECK_FALSE(Layout{} == Layout::plain({2}));
  CHECK(Layout::plain({2, 3}) == Layout::plain({2, 3}));
  CHECK_FALSE(Layout::plain({2, 3}) == Layout::plain({3, 2}));
  CHECK_FALSE(Layout::plain({2, 3}) == Layout::plain({2, 3}, DataType::bf16));
  CHECK_FALSE(Layout::plain({2, 16, 3, 3}) == Layout::channels_last({2, 16, 3, 3}));
  CHECK_FALSE(Layout::blocked({2, 16, 3, 3}, 8) == Layout::blocked({2, 16, 3, 3}, 16));
  // One pixel, or one channel: the order of the rest is all there is.
  CHECK(Layout::plain({2, 16, 1, 1}) == Layout::channels_last({2, 16, 1, 1}));
  CHECK(Layout::channels_last({2, 16, 1, 1}).is_plain());
  CHECK(Layout::plain({2, 1, 4, 5}) == Layout::channels_last({2, 1, 4, 5}));
}

TEST_CASE("layouts that make no sense are refused", "[layout]") {
  CHECK_THROWS_AS(Layout::plain({}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::plain({1, 1, 1, 1, 1, 1, 1}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::plain({2, 0}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::plain({-1}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::plain({1LL << 40, 1LL << 40}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::channels_last({2, 3}), std::invalid_argument);
  CHECK_THROWS_AS(Layout::blocked({2, 3, 4, 4}, 3), std::invalid_argument);
}

TEST_CASE("a reorder moves every element and leaves the padding zero", "[reorder]") {
  Random random{1};
  for (const Dims& dims :
       {Dims{1, 1, 1, 1}, Dims{2, 3, 4, 5}, Dims{2, 17, 3, 2}, Dims{3, 16, 1, 1}})
    for (const Layout& from : activation_layouts(dims))
      for (const Layout& to : activation_layouts(dims)) {
        const Values values = random_values(from, random);
        const LaidOut src = lay(values, from);
        const LaidOut dst = rubbish(to);
        const Step step = reorder(src.memory(), dst.memory());
        INFO(step.name);
        step.run();
        CHECK(read(dst) == values);
        CHECK(padding_is_zero(dst));
        const LaidOut back = rubbish(from);
        reorder_now(dst.memory(), back.memory());
        CHECK(read(back) == values);
      }
}

TEST_CASE("weights survive the way into the kernels' layout and back", "[reorder]") {
  Random random{2};
  for (const int groups : {1, 2, 17})
    for (const int channels : {17, 34}) {
      if (channels % groups != 0) continue;
      ConvProblem p;
      p.batch = 2, p.in_channels = p.out_channels = channels, p.in_height = p.in_width = 8;
      p.kernel_height = p.kernel_width = 3, p.groups = groups;
      const Layout inner = Convolution(p, {}).forward_layouts().weights;
      const LaidOut plain = lay(random_values(inner, random), Layout::plain(inner.dims()));
      const LaidOut blocked = rubbish(inner);
      INFO(inner.text());
      reorder_now(plain.memory(), blocked.memory());
      CHECK(read(blocked) == read(plain));
      CHECK(padding_is_zero(blocked));
    }
}

TEST_CASE("weights go between the orders of all passes and not a byte beyond", "[reorder]") {
  Random random{3};
  std::vector<std::vector<Layout>> families;
  const auto orders_of = [](const auto& kernel) {
    const Layout& forward = kernel.forward_layouts().weights;
    return std::vector{Layout::plain(forward.dims()), forward,
                       kernel.backward_data_layouts().weights,
                       kernel.backward_weights_layouts().diff_weights};
  };
  for (const ConvProblem& problem : conv_problems())
    families.push_back(orders_of(Convolution(problem, {})));
  for (const int batch : {1, 16, 64})
    for (const int in : {3, 8, 17, 64})
      for (const int size : {1, 4})
        for (const int out : {2, 4, 10, 24, 100}) {
          DenseProblem p;
          p.batch = batch, p.in_channels = in, p.out_channels = out;
          p.in_height = p.in_width = size;
          Dense::Options options;
          if (size == 1 && in >= 8) options.src = Layout::blocked({batch, in, 1, 1}, 16);
          families.push_back(orders_of(Dense(p, options)));
        }
  for (const std::vector<Layout>& orders : families)
    for (const Layout& from : orders)
      for (const Layout& to : orders) {
        const Values values = random_values(from, random);
        const LaidOut src = lay(values, from), dst = rubbish(to);
        const Step step = reorder(src.memory(), dst.memory());
        INFO(step.name);
        step.run();
        CHECK(read(dst) == values);
        CHECK(padding_is_zero(dst));
      }
}

TEST_CASE("a reorder converts data types", "[reorder]") {
  Buffer bytes(6);
  for (int i = 0; i < 6; ++i) bytes.data()[i] = static_cast<std::byte>(50 * i);
  const LaidOut floats = rubbish(Layout::plain({2, 3}));
  reorder_now({Layout::plain({2, 3}, DataType::u8), bytes.data()}, floats.memory());
  CHECK(read(floats) == Values{0, 50, 100, 150, 200, 250});

  const Layout half = Layout::plain({2, 3}, DataType::bf16);
  const Buffer rounded(half.bytes());
  const LaidOut back = rubbish(Layout::plain({2, 3}));
  reorder_now(lay({0, 1, -2.5, 3.0, 1e10, 0.1}, Layout::plain({2, 3})).memory(),
              {half, rounded.data()});
  reorder_now({half, rounded.data()}, back.memory());
  const Values found = read(back);
  CHECK(Values(found.begin(), found.begin() + 4) == Values{0, 1, -2.5, 3});
  CHECK(found[5] == Approx(0.1).epsilon(0.004));
}

TEST_CASE("a reorder refuses what does not fit", "[reorder]") {
  const LaidOut a = rubbish(Layout::plain({2, 3})), b = rubbish(Layout::plain({3, 2}));
  CHECK_THROWS_AS(reorder(a.memory(), b.memory()), std::invalid_argument);
  CHECK_THROWS_AS(reorder(a.memory(), {a.layout, nullptr}), std::invalid_argument);
  CHECK_THROWS_AS(reorder({}, {}), std::invalid_argument);
}

TEST_CASE("a layout names the same order for another type", "[layout]") {
  for (const Dims& dims : {Dims{3, 17, 4, 3}, Dims{2, 16, 6, 6}, Dims{5, 3, 1, 1}})
    for (const Layout& layout : activation_layouts(dims)) {
      const Layout half = layout.as(DataType::bf16);
      INFO(layout.text());
      CHECK(half.type() == DataType::bf16);
      CHECK(half.dims() == dims);
      CHECK(2 * half.bytes() == layout.bytes());
      CHECK(half.as(DataType::f32) == layout);
      CHECK(layout.as(DataType::f32) == layout);
    }
}

TEST_CASE("reorders between orders and types keep the values", "[reorder]") {
  Random random{4};
  for (const Dims& dims : {Dims{3, 17, 4, 3}, Dims{2, 16, 6, 6}, Dims{70, 8, 9, 9}}) {
    Values values(static_cast<std::size_t>(dims[0] * dims[1] * dims[2] * dims[3]));
    for (double& v : values) v = static_cast<double>(random.below(200)) - 100;  // exact in bf16
    for (const Layout& from : activation_layouts(dims))
      for (const Layout& to : activation_layouts(dims))
        for (const auto& [a, b] :
             {std::pair{DataType::f32, DataType::bf16}, std::pair{DataType::bf16, DataType::f32},
              std::pair{DataType::bf16, DataType::bf16}}) {
          const LaidOut src = lay(values, from.as(a)), dst = rubbish(to.as(b));
          INFO(src.layout.text() << " to " << dst.layout.text());
          reorder_now(src.memory(), dst.memory());
          CHECK(read(dst) == values);
          CHECK(padding_is_zero(dst));
        }
  }
}
