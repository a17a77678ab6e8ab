#include <stdexcept>

#include "kernels/combine.hpp"
#include "kernels/threads.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

std::vector<Layout> layouts() {
  std::vector<Layout> all{Layout::plain({1}), Layout::plain({3, 5}), Layout::plain({7, 701})};
  for (const Dims& dims : {Dims{2, 17, 3, 5}, Dims{3, 16, 9, 8}})
    for (const Layout& layout : activation_layouts(dims)) all.push_back(layout);
  return all;
}

}  // namespace

TEST_CASE("a sum adds all its srcs with and without relu", "[sum]") {
  Random random{1};
  for (const Layout& layout : layouts())
    for (const std::size_t count : {1U, 2U, 3U, 5U})
      for (const bool relu : {false, true}) {
        Values expected(layout.elements(), 0.0);
        std::vector<LaidOut> srcs;
        std::vector<Memory> memories;
        for (std::size_t s = 0; s < count; ++s) {
          const Values x = random_values(layout, random);
          for (std::size_t i = 0; i < x.size(); ++i) expected[i] += x[i];
          srcs.push_back(lay(x, layout));
          memories.push_back(srcs.back().memory());
        }
        if (relu)
          for (double& v : expected) v = std::max(v, 0.0);
        const LaidOut dst = rubbish(layout);
        const auto make = relu ? &sum_relu : &sum;
        const Step step = make(memories, dst.memory());
        INFO(step.name);
        step.run();
        CHECK(relative_error(read(dst), expected) < 1e-6);
        CHECK(padding_is_zero(dst));
        make(memories, memories[0]).run();  // into the first src
        CHECK(read(srcs[0]) == read(dst));
      }
}

TEST_CASE("the gradient of a rectified sum passes where dst is positive", "[sum]") {
  Random random{2};
  for (const Layout& layout : layouts()) {
    Values y = random_values(layout, random);
    for (double& v : y) v = std::max(v, 0.0);
    const Values dy = random_values(layout, random);
    Values expected(dy.size());
    for (std::size_t i = 0; i < dy.size(); ++i) expected[i] = y[i] > 0 ? dy[i] : 0;
    const LaidOut dst = lay(y, layout), diff_dst = lay(dy, layout), diff_src = rubbish(layout);
    relu_backward(dst.memory(), diff_dst.memory(), diff_src.memory()).run();
    CHECK(read(diff_src) == expected);
    CHECK(padding_is_zero(diff_src));
    relu_backward(dst.memory(), diff_dst.memory(), diff_dst.memory()).run();
    CHECK(read(diff_dst) == expected);
  }
}

TEST_CASE("a sum of bf16 rounds its result once", "[sum]") {
  const Layout layout = Layout::plain({4}, DataType::bf16), plain = Layout::plain({4});
  const Buffer a(layout.bytes()), b(layout.bytes()), c(layout.bytes());
  const LaidOut result = rubbish(plain);
  reorder_now(lay({1, -2, 256, 3}, plain).memory(), {layout, a.data()});
  reorder_now(lay({0.5, 1, 1, -7}, plain).memory(), {layout, b.data()});
  const std::vector<Memory> srcs{{layout, a.data()}, {layout, b.data()}};
  sum(srcs, {layout, c.data()}).run();
  reorder_now({layout, c.data()}, result.memory());
  CHECK(read(result) == Values{1.5, -1, 256, -4});  // 257 is a tie: to even
  sum_relu(srcs, {layout, c.data()}).run();
  reorder_now({layout, c.data()}, result.memory());
  CHECK(read(result) == Values{1.5, 0, 256, 0});
}

TEST_CASE("a sum does not depend on the threads", "[sum]") {
  Random random{3};
  const Layout layout = Layout::plain({5, 12345});
  const LaidOut a = lay(random_values(layout, random), layout);
  const LaidOut b = lay(random_values(layout, random), layout);
  const LaidOut c = lay(random_values(layout, random), layout);
  const std::vector<Memory> srcs{a.memory(), b.memory(), c.memory()};
  const LaidOut one = rubbish(layout), three = rubbish(layout);
  with_threads(1, [&] { sum(srcs, one.memory()).run(); });
  with_threads(3, [&] { sum(srcs, three.memory()).run(); });
  CHECK(read(one) == read(three));
}

TEST_CASE("a sum refuses what does not fit", "[sum]") {
  const LaidOut a = rubbish(Layout::plain({2, 3})), b = rubbish(Layout::plain({3, 2}));
  CHECK_THROWS_AS(sum({}, a.memory()), std::invalid_argument);
  CHECK_THROWS_AS(sum(std::vector{a.memory(), b.memory()}, a.memory()), std::invalid_argument);
  CHECK_THROWS_AS(sum(std::vector{Memory{a.layout, nullptr}}, a.memory()), std::invalid_argument);
  CHECK_THROWS_AS(relu_backward(a.memory(), b.memory(), a.memory()), std::invalid_argument);
  const Memory bytes{Layout::plain({2, 3}, DataType::u8), a.buffer.data()};
  CHECK_THROWS_AS(sum(std::vector{bytes}, bytes), std::invalid_argument);
}
