#include "nn/costs.hpp"

#include <cstdint>
#include <stdexcept>

#include "nn/blocks.hpp"
#include "nn/model.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {

/// Learnt numbers of a 3x3 convolution with normalisation.
constexpr std::int64_t params3(std::int64_t in, std::int64_t out) { return in * out * 9 + 2 * out; }
constexpr std::int64_t macs3(std::int64_t in, std::int64_t out, std::int64_t side) {
  return in * out * 9 * side * side;
}

}  // namespace

TEST_CASE("costs of ResNet-20 by hand", "[costs]") {
  const Costs found = costs(built_in("resnet20", {3, 32, 32}, 10));
  std::int64_t macs = macs3(3, 16, 32) + 6 * macs3(16, 16, 32);
  macs += macs3(16, 32, 16) + 5 * macs3(32, 32, 16) + 16 * 32 * 16 * 16;
  macs += macs3(32, 64, 8) + 5 * macs3(64, 64, 8) + 32 * 64 * 8 * 8;
  macs += 640;
  std::int64_t params = params3(3, 16) + 6 * params3(16, 16);
  params += params3(16, 32) + 5 * params3(32, 32) + 16 * 32 + 64;
  params += params3(32, 64) + 5 * params3(64, 64) + 32 * 64 + 128;
  params += 640 + 10;
  CHECK(found.macs == macs);
  CHECK(found.macs / 1e6 == Approx(41).margin(0.5));  // the number in the literature
  CHECK(found.params == params);
  CHECK(found.params == 272474);  // as PyTorch counts this net
  CHECK(found.depth == 20);
  // In a block of the first stage: its input, its middle and its output, 16 x 32 x 32 each.
  CHECK(found.peak_activation_bytes == 3 * 16 * 32 * 32 * 4);
}

TEST_CASE("costs of the other reference nets by hand", "[costs]") {
  const Costs lenet = costs(built_in("lenet", {1, 28, 28}, 10));
  CHECK(lenet.macs == 784 * 16 * 9 + 196 * 16 * 32 * 9 + 1568 * 64 + 640);
  CHECK(lenet.params == (9 + 1) * 16 + (16 * 9 + 1) * 32 + (1568 + 1) * 64 + 65 * 10);
  CHECK(lenet.depth == 4);

  const Costs vgg = costs(built_in("vgg", {3, 32, 32}, 10));
  CHECK(vgg.macs == macs3(3, 32, 32) + macs3(32, 32, 32) + macs3(32, 64, 16) + macs3(64, 64, 16) +
                        macs3(64, 128, 8) + macs3(128, 128, 8) + 1280);
  CHECK(vgg.params == params3(3, 32) + params3(32, 32) + params3(32, 64) + params3(64, 64) +
                          params3(64, 128) + params3(128, 128) + 1290);

  const Costs mobile = costs(built_in("mobile", {3, 32, 32}, 10));
  std::int64_t macs = macs3(3, 16, 32) + 640;
  std::int64_t params = params3(3, 16) + 650;
  struct Block {
    std::int64_t in, out, side_in, side_out;
  };
  for (const Block& b :
       {Block{16, 16, 32, 32}, Block{16, 24, 32, 16}, Block{24, 24, 16, 16}, Block{24, 32, 16, 8},
        Block{32, 32, 8, 8}, Block{32, 64, 8, 8}, Block{64, 64, 8, 8}}) {
    const std::int64_t middle = 4 * b.in;
    macs += b.in * middle * b.side_in * b.side_in + (9 + b.out) * middle * b.side_out * b.side_out;
    params += b.in * middle + 9 * middle + middle * b.out + 2 * (middle + middle + b.out);
  }
  CHECK(mobile.macs == macs);
  CHECK(mobile.params == params);
}

TEST_CASE("the starts of a search are small", "[costs]") {
  const Shape image{1, 28, 28};
  for (const char* name : {"small-plain", "small-residual", "small-separable"}) {
    CAPTURE(name);
    CHECK(costs(built_in(name, image, 10)).macs > 300'000);
    CHECK(costs(built_in(name, image, 10)).macs < 1'500'000);
  }
  CHECK(costs(built_in("tiny-plain", image, 10)).macs > 50'000);
  CHECK(costs(built_in("tiny-plain", image, 10)).macs < 100'000);
}

TEST_CASE("multiply-adds divide by the groups", "[costs]") {
  const auto macs = [](const Conv& conv) {
    return costs({.input = {8, 6, 5}, .nodes = {{"a", conv, {"input"}}}}).macs;
  };
  CHECK(macs({.out = 16, .kernel = {3, 1}}) == 16 * 30 * 8 * 3);
  CHECK(macs({.out = 16, .kernel = {3, 1}, .groups = 2}) == 16 * 30 * 4 * 3);
  CHECK(macs({.out = 16, .kernel = {3, 1}, .groups = 8}) == 16 * 30 * 3);
  CHECK(macs({.out = 16, .kernel = {1, 1}, .stride = {2, 3}}) == 16 * 3 * 2 * 8);
}

TEST_CASE("only conv and dense multiply, gates and norms are learnt", "[costs]") {
  const Architecture net{.input = {4, 6, 6},
                         .nodes = {{"n", BatchNorm{}, {"input"}},
                                   {"g", Scale{}, {"n"}},
                                   {"p", MaxPool{}, {"g"}},
                                   {"d", Dense{.out = 3}, {"p"}},
                                   {"s", Softmax{}, {"d"}}}};
  const auto rows = node_costs(net);
  CHECK(rows.at(0).params == 8);
  CHECK(rows.at(1).params == 4);
  CHECK(rows.at(2).params == 0);
  CHECK(rows.at(3).params == 36 * 3 + 3);
  CHECK(rows.at(3).macs == 36 * 3);
  CHECK(rows.at(0).macs + rows.at(1).macs + rows.at(2).macs + rows.at(4).macs == 0);
  const Costs total = costs(net);
  CHECK(total.macs == 108);
  CHECK(total.params == 8 + 4 + 111);
  CHECK(total.depth == 1);
}

TEST_CASE("parameters are the numbers in the learnt tensors", "[costs]") {
  for (const std::string& name : built_in_names()) {
    const Architecture net = built_in(name, {1, 28, 28}, 10);
    const Model model = make_model(net, {}, 1);
    std::int64_t learnt = 0;
    for (const auto& spec : parameter_specs(net))
      if (spec.learnt) learnt += static_cast<std::int64_t>(model.weights.at(spec.name).elements());
    CHECK(costs(net).params == learnt);
  }
}

TEST_CASE("peak memory follows what is still to be read", "[costs]") {
  const Shape image{1, 4, 4};  // 64 bytes
  const Activate act{};
  const auto peak = [&](std::vector<Node> nodes) {
    return costs({.input = image, .nodes = std::move(nodes)}).peak_activation_bytes;
  };
  CHECK(peak({{"a", act, {"input"}}}) == 128);
  CHECK(peak({{"a", act, {"input"}}, {"b", act, {"a"}}, {"c", act, {"b"}}}) == 128);
  CHECK(peak({{"a", act, {"input"}}, {"b", act, {"a"}}, {"c", Add{}, {"a", "b"}}}) == 192);
  CHECK(peak({{"a", act, {"input"}}, {"b", act, {"a"}}, {"c", Add{}, {"input", "b"}}}) == 192);
  CHECK(peak({{"a", Conv{.out = 3, .norm = Norm::batch, .act = Activation::relu}, {"input"}}}) ==
        4 * 64);
  // Views: no tensor of their own, but what they show stays alive.
  CHECK(peak({{"a", act, {"input"}}, {"b", Dropout{}, {"a"}}, {"c", Flatten{}, {"b"}}}) == 128);
  CHECK(peak({{"a", Flatten{}, {"input"}},
              {"b", act, {"input"}},
              {"c", act, {"b"}},
              {"d", Flatten{}, {"c"}},
              {"e", Add{}, {"a", "d"}}}) == 192);
}

TEST_CASE("depth is the longest path", "[costs]") {
  const Conv conv{.out = 1};
  CHECK(costs({.input = {1, 4, 4},
               .nodes = {{"a", conv, {"input"}},
                         {"b", conv, {"a"}},
                         {"c", Activate{}, {"b"}},
                         {"d", conv, {"c"}},
                         {"e", conv, {"a"}},
                         {"f", Add{}, {"e", "d"}},
                         {"g", Dense{.out = 2}, {"f"}}}})
            .depth == 4);
  CHECK(costs({.input = {1, 4, 4}, .nodes = {{"a", Activate{}, {"input"}}}}).depth == 0);
}

TEST_CASE("sums of enormous costs saturate", "[costs]") {
  constexpr int kSide = 46340;  // its square is just below 2^31
  const Conv conv{.out = 1, .kernel = {kSide - 1, kSide - 1}};
  Architecture net{.input = {1, kSide, kSide}, .nodes = {{"a", conv, {"input"}}}};
  CHECK(costs(net).macs == 1LL * kSide * kSide * (kSide - 1) * (kSide - 1));
  for (const char* id : {"b", "c", "d"}) net.nodes.push_back({id, conv, {net.output()}});
  CHECK(costs(net).macs == INT64_MAX);
  CHECK_THROWS_AS(costs({.input = {1, 4, 4}, .nodes = {}}), std::invalid_argument);
}
