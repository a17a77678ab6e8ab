#include <algorithm>
#include <cmath>

#include "nn/blocks.hpp"
#include "nn/model.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};
Moments moments(const Tensor& tensor) {
  Moments m;
  for (const float x : tensor.data) {
    m.mean += x;
    m.largest = std::max<double>(m.largest, std::abs(x));
  }
  m.mean /= static_cast<double>(tensor.elements());
  for (const float x : tensor.data) m.deviation += (x - m.mean) * (x - m.mean);
  m.deviation = std::sqrt(m.deviation / static_cast<double>(tensor.elements()));
  return m;
}

/// Weights {64, 32 / groups, 3, 3}.
Architecture one_conv(int groups) {
  return {.input = {32, 8, 8},
          .nodes = {{"c", Conv{.out = 64, .groups = groups, .norm = Norm::batch}, {"input"}}}};
}
bool all_are(const Tensor& tensor, float value) {
  return std::ranges::all_of(tensor.data, [&](float x) { return x == value; });
}

}  // namespace

TEST_CASE("initial weights have the published spread", "[initialise]") {
  for (const int groups : {1, 4}) {
    const double fan_in = 32.0 / groups * 9;
    const double fan_out = 64.0 / groups * 9;
    const double he = std::sqrt(2 / fan_in);
    const double xavier = std::sqrt(2 / (fan_in + fan_out));
    const auto spread = [&](Initializer kind) {
      return moments(initialise(one_conv(groups), {.kind = kind}, 3).at("c.weight"));
    };
    CAPTURE(groups);
    CHECK(spread(Initializer::he_normal).deviation == Approx(he).epsilon(0.05));
    CHECK(spread(Initializer::he_normal).largest > 2.5 * he);
    CHECK(spread(Initializer::he_uniform).deviation == Approx(he).epsilon(0.05));
    CHECK(spread(Initializer::he_uniform).largest <= std::sqrt(3) * he);
    CHECK(spread(Initializer::xavier_normal).deviation == Approx(xavier).epsilon(0.05));
    CHECK(spread(Initializer::xavier_uniform).deviation == Approx(xavier).epsilon(0.05));
    CHECK(spread(Initializer::xavier_uniform).largest <= std::sqrt(3) * xavier);
    CHECK(spread(Initializer::he_normal).mean == Approx(0).margin(0.05 * he));
  }
}

TEST_CASE("norms start neutral, biases at zero, gates at init", "[initialise]") {
  Architecture net = one_conv(1);
  net.nodes.push_back({"g", Scale{.init = 0.125F}, {"c"}});
  net.nodes.push_back({"d", Dense{.out = 5}, {"g"}});
  const Weights weights = initialise(net, {}, 1);
  CHECK(all_are(weights.at("c.norm.scale"), 1));
  CHECK(all_are(weights.at("c.norm.shift"), 0));
  CHECK(all_are(weights.at("c.norm.mean"), 0));
  CHECK(all_are(weights.at("c.norm.variance"), 1));
  CHECK(all_are(weights.at("g.gate"), 0.125F));
  CHECK(all_are(weights.at("d.bias"), 0));
  CHECK_FALSE(find_fault(Model{net, weights}));
}

TEST_CASE("a tensor depends on seed and name alone", "[initialise]") {
  const Architecture alone = one_conv(1);
  Architecture longer = alone;
  longer.nodes.push_back({"d", Dense{.out = 5}, {"c"}});
  const Weights a = initialise(alone, {}, 1);
  CHECK(a == initialise(alone, {}, 1));
  CHECK(a.at("c.weight") == initialise(longer, {}, 1).at("c.weight"));
  CHECK(a.at("c.weight") != initialise(alone, {}, 2).at("c.weight"));
  longer.nodes[1] = {"c2", std::get<Conv>(alone.nodes[0].op), {"input"}};
  longer.nodes.push_back({"s", Add{}, {"c", "c2"}});
  const Weights b = initialise(longer, {}, 1);
  CHECK(b.at("c.weight").data != b.at("c2.weight").data);
}

TEST_CASE("zero gamma silences residual branches and no skip", "[initialise]") {
  const Shape input{16, 8, 8};
  Architecture net{.input = input, .nodes = {}};
  auto last = add_residual(net, std::string{kInput}, "a", 16);
  last = add_residual(net, last, "b", 24, 2);  // with a projection
  last = add_inverted_residual(net, last, "c", 24, 2);
  const std::string body = add_conv(net, last, "e", Conv{.out = 24, .norm = Norm::batch});
  const std::string gated = add_squeeze_excite(net, body, "se");
  net.nodes.push_back({"f", Add{}, {last, gated}});
  net.nodes.push_back({"h1", Conv{.out = 8, .norm = Norm::batch}, {"f"}});
  net.nodes.push_back({"h2", Conv{.out = 8, .norm = Norm::batch}, {"f"}});
  net.nodes.push_back({"h", Add{}, {"h1", "h2"}});  // two equal branches: neither is a skip
  add_head(net, "h", 10);

  const Weights silent = initialise(net, {.zero_gamma = true}, 1);
  const Weights usual = initialise(net, {}, 1);
  std::vector<std::string> zeroed;
  for (const auto& [key, tensor] : silent) {
    if (tensor == usual.at(key)) continue;
    CHECK(all_are(tensor, 0));
    zeroed.push_back(key);
  }
  CHECK(zeroed == std::vector<std::string>{"a2.norm.scale", "b2.norm.scale", "c_project.norm.scale",
                                           "e.norm.scale"});
}

TEST_CASE("zero gamma spares what others read and what an activation follows", "[initialise]") {
  const Conv normed{.out = 4, .norm = Norm::batch};
  Conv active = normed;
  active.act = Activation::relu;
  Architecture net{.input = {4, 8, 8},
                   .nodes = {{"a", normed, {"input"}},
                             {"s", Add{}, {"input", "a"}},
                             {"t", Add{}, {"s", "a"}},  // a is read here too
                             {"b", active, {"t"}},
                             {"u", Add{}, {"t", "b"}}}};
  CHECK(initialise(net, {.zero_gamma = true}, 1) == initialise(net, {}, 1));
}
