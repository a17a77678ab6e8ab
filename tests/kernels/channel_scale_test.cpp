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
  std::vector<Layout> all{Layout::plain({3, 5})};
  for (const Dims& dims : {Dims{1, 1, 1, 1}, Dims{2, 3, 5, 4}, Dims{3, 17, 4, 3}, Dims{2, 16, 6, 6},
                           Dims{4, 24, 1, 1}})
    for (const Layout& layout : activation_layouts(dims)) all.push_back(layout);
  return all;
}

/// The gate's row-major position for each element of src.
std::vector<std::size_t> gate_positions(const Layout& src, bool per_image) {
  const auto images = static_cast<std::size_t>(src.dims()[0]);
  const auto channels = static_cast<std::size_t>(src.dims()[1]);
  const std::size_t pixels = src.elements() / images / channels;
  std::vector<std::size_t> at(src.elements());
  for (std::size_t i = 0; i < at.size(); ++i)
    at[i] = i / pixels % channels + (per_image ? i / pixels / channels * channels : 0);
  return at;
}

/// A gate whose padding is rubbish, which must not matter.
LaidOut dirty_gate(const Values& values, const Layout& layout) {
  LaidOut gate = rubbish(layout);
  for_each_element(layout, [&](std::size_t i, std::size_t at) {
    gate.buffer.floats()[at] = static_cast<float>(values[i]);
  });
  return gate;
}

}  // namespace

TEST_CASE("a channel scale and its gradients agree with the definition", "[channel_scale]") {
  Random random{1};
  for (const bool per_image : {true, false})
    for (const Layout& layout : layouts()) {
      const ChannelScale scale(layout, per_image);
      const Layout& gates = scale.gate_layout();
      CHECK(gates.dims() == Dims{per_image ? layout.dims()[0] : 1, layout.dims()[1], 1, 1});
      const Values x = random_values(layout, random), g = random_values(gates, random);
      const Values dy = random_values(layout, random);
      const auto at = gate_positions(layout, per_image);
      Values y(x.size()), dx(x.size()), dg(g.size(), 0.0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[i] = x[i] * g[at[i]];
        dx[i] = dy[i] * g[at[i]];
        dg[at[i]] += dy[i] * x[i];
      }
      const LaidOut src = lay(x, layout), gate = dirty_gate(g, gates), dst = rubbish(layout);
      const Step step = scale.forward(src.memory(), gate.memory(), dst.memory());
      INFO(step.name << ", gate " << gates.text());
      step.run();
      CHECK(relative_error(read(dst), y) < 1e-6);
      CHECK(padding_is_zero(dst));

      const LaidOut diff_dst = lay(dy, layout), diff_src = rubbish(layout);
      const LaidOut diff_gate = rubbish(gates);
      scale
          .backward(src.memory(), gate.memory(), diff_dst.memory(), diff_src.memory(),
                    diff_gate.memory())
          .run();
      CHECK(relative_error(read(diff_src), dx) < 1e-6);
      CHECK(relative_error(read(diff_gate), dg) < 1e-4);
      CHECK(padding_is_zero(diff_src));
      CHECK(padding_is_zero(diff_gate));
    }
}

TEST_CASE("a channel scale does not depend on the threads", "[channel_scale]") {
  Random random{2};
  const Layout layout = Layout::blocked({5, 20, 7, 7}, 8);
  const ChannelScale scale(layout, false);
  const LaidOut src = lay(random_values(layout, random), layout);
  const LaidOut diff_dst = lay(random_values(layout, random), layout);
  const LaidOut gate = lay(random_values(scale.gate_layout(), random), scale.gate_layout());
  Values results[2];
  for (const int threads : {1, 3}) {
    const LaidOut diff_src = rubbish(layout), diff_gate = rubbish(scale.gate_layout());
    with_threads(threads, [&] {
      scale
          .backward(src.memory(), gate.memory(), diff_dst.memory(), diff_src.memory(),
                    diff_gate.memory())
          .run();
    });
    results[threads == 1 ? 0 : 1] = read(diff_gate);
  }
  CHECK(results[0] == results[1]);
}

TEST_CASE("a channel scale works on bf16", "[channel_scale]") {
  const Dims dims{1, 3, 1, 2};
  const Layout half = Layout::blocked(dims, 8, DataType::bf16), plain = Layout::plain(dims);
  const ChannelScale scale(half, false);
  const Buffer src(half.bytes()), dst(half.bytes());
  reorder_now(lay({1, 2, 3, 4, 5, 6}, plain).memory(), {half, src.data()});
  const LaidOut gate = lay({2, -1, 0.5}, scale.gate_layout());
  scale.forward({half, src.data()}, gate.memory(), {half, dst.data()}).run();
  const LaidOut result = rubbish(plain);
  reorder_now({half, dst.data()}, result.memory());
  CHECK(read(result) == Values{2, 4, -3, -4, 2.5, 3});
}

TEST_CASE("a channel scale refuses what does not fit", "[channel_scale]") {
  CHECK_THROWS_AS(ChannelScale(Layout{}, true), std::invalid_argument);
  CHECK_THROWS_AS(ChannelScale(Layout::plain({2, 3, 4}), true), std::invalid_argument);
  CHECK_THROWS_AS(ChannelScale(Layout::plain({2, 3}, DataType::u8), true), std::invalid_argument);
  const LaidOut x = rubbish(Layout::plain({2, 3, 4, 4})), g = rubbish(Layout::plain({1, 3, 1, 1}));
  CHECK_THROWS_AS(ChannelScale(x.layout, true).forward(x.memory(), g.memory(), x.memory()),
                  std::invalid_argument);
  CHECK_NOTHROW(ChannelScale(x.layout, false).forward(x.memory(), g.memory(), x.memory()));
}
