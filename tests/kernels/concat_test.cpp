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

/// The position in dst of each element of src `index`, for row-major {n, c, pixels}.
std::vector<std::size_t> positions(const std::vector<Layout>& srcs, std::size_t index) {
  const Dims& dims = srcs[index].dims();
  std::size_t before = 0, all = 0;
  for (std::size_t s = 0; s < srcs.size(); ++s) {
    if (s < index) before += static_cast<std::size_t>(srcs[s].dims()[1]);
    all += static_cast<std::size_t>(srcs[s].dims()[1]);
  }
  const auto images = static_cast<std::size_t>(dims[0]),
             channels = static_cast<std::size_t>(dims[1]);
  const std::size_t pixels = srcs[index].elements() / images / channels;
  std::vector<std::size_t> at;
  for (std::size_t n = 0; n < images; ++n)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < pixels; ++p) at.push_back((n * all + before + c) * pixels + p);
  return at;
}

void check_concat(const std::vector<Layout>& layouts, Random& random, int threads = 1) {
  const Concat concat(layouts);
  std::vector<LaidOut> srcs;
  std::vector<Memory> memories;
  Values expected(concat.layout().elements());
  const Values dy = random_values(concat.layout(), random);
  const LaidOut diff_dst = lay(dy, concat.layout());
  const Buffer scratch(concat.scratch_bytes());
  for (std::size_t s = 0; s < layouts.size(); ++s) {
    const Values x = random_values(layouts[s], random);
    const auto at = positions(layouts, s);
    for (std::size_t i = 0; i < x.size(); ++i) expected[at[i]] = x[i];
    srcs.push_back(lay(x, layouts[s]));
    memories.push_back(srcs.back().memory());

    const LaidOut diff_src = rubbish(layouts[s]);
    const Step back = concat.backward(s, diff_dst.memory(), diff_src.memory(), scratch.data());
    INFO(back.name << " of " << concat.layout().text());
    with_threads(threads, back.run);
    Values dx(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) dx[i] = dy[at[i]];
    CHECK(read(diff_src) == dx);
    CHECK(padding_is_zero(diff_src));
  }
  const LaidOut dst = rubbish(concat.layout());
  const Step step = concat.forward(memories, dst.memory(), scratch.data());
  INFO(step.name << " -> " << concat.layout().text());
  with_threads(threads, step.run);
  CHECK(read(dst) == expected);
  CHECK(padding_is_zero(dst));
}

const std::vector<std::vector<std::int64_t>> kChannels{
    {1}, {16}, {8, 16}, {16, 16, 32}, {8, 3}, {3, 8}, {1, 1, 1}, {5, 6, 7}, {17, 9}, {16, 17, 2}};

}  // namespace

TEST_CASE("concat joins channels whole or broken across blocks", "[concat]") {
  Random random{1};
  for (const auto& channels : kChannels)
    for (std::size_t kind = 0; kind < 4; ++kind)
      for (const auto& [height, width] : {std::pair{3, 5}, std::pair{1, 1}, std::pair{20, 19}}) {
        std::vector<Layout> layouts;
        for (const std::int64_t c : channels)
          layouts.push_back(activation_layouts({2, c, height, width})[kind]);
        check_concat(layouts, random);
      }
}

TEST_CASE("concat joins srcs of different layouts", "[concat]") {
  Random random{2};
  for (const auto& channels : kChannels)
    for (int trial = 0; trial < 8; ++trial) {
      std::vector<Layout> layouts;
      for (const std::int64_t c : channels)
        layouts.push_back(activation_layouts({3, c, 4, 3})[random.below(4)]);
      check_concat(layouts, random);
    }
}

TEST_CASE("concat joins with several threads", "[concat]") {
  Random random{4};
  check_concat({Layout::blocked({5, 17, 3, 4}, 8), Layout::plain({5, 3, 3, 4})}, random, 3);
}

TEST_CASE("concat joins vectors", "[concat]") {
  Random random{3};
  for (const auto& channels : kChannels) {
    std::vector<Layout> layouts;
    for (const std::int64_t c : channels) layouts.push_back(Layout::plain({4, c}));
    check_concat(layouts, random);
  }
}

TEST_CASE("concat keeps the layout its srcs have", "[concat]") {
  const Dims dims{2, 16, 4, 4}, joined{2, 32, 4, 4};
  CHECK(Concat({Layout::blocked(dims, 8), Layout::blocked(dims, 8)}).layout() ==
        Layout::blocked(joined, 8));
  CHECK(Concat({Layout::plain(dims), Layout::blocked(dims, 16)}).layout() ==
        Layout::blocked(joined, 16));
  CHECK(Concat({Layout::channels_last(dims), Layout::channels_last(dims)}).layout() ==
        Layout::channels_last(joined));
  CHECK(Concat({Layout::plain(dims), Layout::plain(dims)}).layout() == Layout::plain(joined));
}

TEST_CASE("concat refuses what does not fit", "[concat]") {
  CHECK_THROWS_AS(Concat({}), std::invalid_argument);
  CHECK_THROWS_AS(Concat({Layout{}}), std::invalid_argument);
  CHECK_THROWS_AS(Concat({Layout::plain({2, 3, 4})}), std::invalid_argument);
  CHECK_THROWS_AS(Concat({Layout::plain({2, 3, 4, 4}), Layout::plain({2, 3, 4, 5})}),
                  std::invalid_argument);
  CHECK_THROWS_AS(Concat({Layout::plain({2, 3}), Layout::plain({2, 3, 1, 1})}),
                  std::invalid_argument);
  const LaidOut a = rubbish(Layout::plain({2, 3})), b = rubbish(Layout::plain({2, 6}));
  const Concat concat({a.layout, a.layout});
  CHECK_THROWS_AS(concat.forward(std::vector{a.memory()}, b.memory(), nullptr),
                  std::invalid_argument);
  CHECK_THROWS_AS(concat.forward(std::vector{a.memory(), b.memory()}, b.memory(), nullptr),
                  std::invalid_argument);
  CHECK_THROWS_AS(concat.backward(2, b.memory(), a.memory(), nullptr), std::invalid_argument);
}
