#include "nn/network/detail/dropout.hpp"

#include <cmath>

#include "kernels/buffer.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using kernels::Layout;

namespace {

constexpr std::size_t kSize = 100000;

std::vector<float> masked_ones(float rate, std::uint64_t seed, const char* node,
                               std::uint64_t step) {
  const Layout layout = Layout::plain({static_cast<std::int64_t>(kSize)});
  kernels::Buffer buffer{layout.bytes()};
  std::fill(buffer.floats().begin(), buffer.floats().end(), 1.0F);
  detail::RunState state;
  const kernels::Memory memory{layout, buffer.data()};
  const kernels::Step run = detail::dropout(memory, memory, rate, seed, node, state);
  state.step = step;
  run.run();
  return {buffer.floats().begin(), buffer.floats().end()};
}

}  // namespace

TEST_CASE("dropout zeroes its rate of elements and scales the others", "[network][dropout]") {
  for (const float rate : {0.1F, 0.25F, 0.5F, 0.9F}) {
    const auto values = masked_ones(rate, 1, "drop", 7);
    std::size_t dropped = 0;
    for (const float x : values) {
      if (x == 0.0F)
        ++dropped;
      else
        REQUIRE(x == Approx(1.0 / (1.0 - rate)));
    }
    // Four standard deviations of a binomial.
    CHECK(static_cast<double>(dropped) / kSize ==
          Approx(rate).margin(4 * std::sqrt(rate * (1 - rate) / kSize)));
  }
}

TEST_CASE("masks differ by seed, node and step, and neighbours are independent",
          "[network][dropout]") {
  const auto base = masked_ones(0.5F, 1, "drop", 7);
  CHECK(base == masked_ones(0.5F, 1, "drop", 7));
  for (const auto& other : {masked_ones(0.5F, 2, "drop", 7), masked_ones(0.5F, 1, "drop2", 7),
                            masked_ones(0.5F, 1, "drop", 8)}) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < kSize; ++i) equal += base[i] == other[i];
    CHECK(static_cast<double>(equal) / kSize == Approx(0.5).margin(0.01));
  }
  for (const std::size_t lag : {1U, 2U, 8U, 64U, 1024U}) {
    std::size_t equal = 0;
    for (std::size_t i = lag; i < kSize; ++i) equal += base[i] == base[i - lag];
    CHECK(static_cast<double>(equal) / static_cast<double>(kSize - lag) ==
          Approx(0.5).margin(0.01));
  }
}

TEST_CASE("backward drops what forward dropped", "[network][dropout]") {
  const Architecture architecture =
      chain({4, 6, 6}, {{"gate", Scale{}, {}}, {"drop", Dropout{0.4F}, {}}});
  Network network{random_model(architecture, 1), {.batch = 2, .seed = 9}};
  std::fill(network.input().begin(), network.input().end(), 1.0F);
  for (const std::uint64_t step : {0U, 1U}) {
    network.forward(step);
    // d loss / d gate[c] = sum over pixels of mask * factor, which is output / gate.
    std::fill(network.output_gradient().begin(), network.output_gradient().end(), 1.0F);
    network.backward();
    const Tensor gradient = network.gradient("gate.gate");
    const Model model = network.model();
    for (std::size_t c = 0; c < 4; ++c) {
      double sum = 0;
      for (std::size_t image = 0; image < 2; ++image)
        for (std::size_t p = 0; p < 36; ++p) sum += network.output()[(image * 4 + c) * 36 + p];
      CHECK(gradient.data[c] == Approx(sum / model.weights.at("gate.gate").data[c]));
    }
  }
}

TEST_CASE("inference does not drop", "[network][dropout]") {
  const Architecture architecture = chain({4, 6, 6}, {{"drop", Dropout{0.4F}, {}}});
  Network network{random_model(architecture, 1), {.batch = 2, .pass = kernels::Pass::inference}};
  fill_normal(network.input(), 1);
  network.forward();
  CHECK(std::equal(network.input().begin(), network.input().end(), network.output().begin()));
}
