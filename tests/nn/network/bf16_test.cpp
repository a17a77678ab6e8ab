// Networks in bf16: close to f32 in all they compute, with f32 at their ends. On CPUs without bf16
// the same tests run on the emulation.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/network/network.hpp"
#include "nn/training/optimizer.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using kernels::DataType;

namespace {

double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// |a - b| / |b|.
double distance(std::span<const float> a, std::span<const float> b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    squares += d * d;
  }
  return std::sqrt(squares / std::max(dot(b, b), 1e-30));
}

bool rounded_copy(Network& network) {
  const auto halves = network.half_parameters();
  const auto floats = network.parameters();
  for (std::size_t i = 0; i < floats.size(); ++i)
    if (halves[i].bits != kernels::Bfloat16(floats[i]).bits) return false;
  return halves.size() == floats.size();
}

}  // namespace

TEST_CASE("a network in bf16 computes what it does in f32 but for rounding", "[network][bf16]") {
  // Some dozen roundings by up to 1/512 each; where numbers cancel they weigh more.
  constexpr double kOutputs = 0.03, kGradients = 0.15;
  for (const Case& each : all_cases()) {
    INFO(each.name);
    const Model model = random_model(each.architecture, 3);
    for (const auto pass : {kernels::Pass::training, kernels::Pass::inference}) {
      Network wide{model, {.batch = each.batch, .pass = pass}};
      Network narrow{model, {.batch = each.batch, .pass = pass, .precision = DataType::bf16}};
      REQUIRE(narrow.parameters().size() == narrow.half_parameters().size());
      for (Network* network : {&wide, &narrow}) {
        fill_normal(network->input(), 4);
        network->forward(1);
      }
      CHECK(distance(narrow.output(), wide.output()) < kOutputs);
      if (pass == kernels::Pass::inference) continue;
      for (Network* network : {&wide, &narrow}) {
        fill_normal(network->output_gradient(), 5);
        network->backward();
      }
      double squares = 0, all = 0;
      for (const ParameterSpec& spec : parameter_specs(each.architecture)) {
        if (!spec.learnt) continue;
        const auto found = narrow.gradient(spec.name).data;
        const auto expected = wide.gradient(spec.name).data;
        const double part = distance(found, expected);
        squares += part * part * dot(expected, expected);
        all += dot(expected, expected);
      }
      CHECK(std::sqrt(squares / all) < kGradients);
      CHECK(narrow.model().architecture == model.architecture);
    }
  }
}

TEST_CASE("in bf16 convolutions and pools write bf16 and what else is there reads f32",
          "[network][bf16]") {
  const Model model = random_model(
      chain({3, 8, 8}, {{"a", Conv{.out = 16, .norm = Norm::batch, .act = Activation::relu}, {}},
                        {"b", Conv{.out = 16, .act = Activation::tanh}, {}},
                        {"q", Conv{.out = 16, .act = Activation::relu}, {}},
                        {"p", MaxPool{.kernel = {2, 2}}, {}},
                        {"d", Dense{.out = 4}, {}}}),
      1);
  Network network{model, {.batch = 2, .precision = DataType::bf16}};
  std::size_t halves = 0;
  for (const Network::PlanRow& row : network.plan()) {
    if (row.step.starts_with("conv ") || row.step.starts_with("batch norm"))
      halves += row.layout.starts_with("bf16");
    if (row.step.starts_with("pool ")) CHECK(row.layout.starts_with("bf16"));
  }
  CHECK(halves >= 5);  // both convolutions, the normalisation, and their gradients of data
  CHECK(network.input().size() == 2U * 3 * 8 * 8);
}

TEST_CASE("models keep their f32 weights in bf16 networks", "[network][bf16]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    const Model model = random_model(each.architecture, 1);
    Network network{model, {.batch = each.batch, .precision = DataType::bf16}};
    CHECK(network.model() == model);
    CHECK(rounded_copy(network));
    const Model other = random_model(each.architecture, 2);
    network.load(other.weights);
    CHECK(network.model() == other);
    CHECK(rounded_copy(network));
  }
}

TEST_CASE("the optimiser's pass writes the bf16 copy", "[network][bf16]") {
  const Case each = image_cases().front();
  for (const auto kind :
       {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::rmsprop})
    for (const double ema : {0.0, 0.9}) {
      Network network{random_model(each.architecture, 1),
                      {.batch = each.batch, .precision = DataType::bf16}};
      OptimizerOptions options{.kind = kind, .weight_decay = 1e-2, .ema = ema};
      if (kind == OptimizerKind::rmsprop) options.momentum = 0;
      Optimizer optimizer{options, network.blocks(), network.parameters().size()};
      fill_normal(network.gradients(), 9);
      const std::vector<float> before{network.parameters().begin(), network.parameters().end()};
      optimizer.step(0.1, network.parameters(), network.gradients(), network.half_parameters());
      CHECK_FALSE(std::equal(before.begin(), before.end(), network.parameters().begin()));
      for (const ParameterBlock& block : network.blocks())
        for (std::size_t i = block.offset; i < block.offset + block.size; ++i)
          REQUIRE(network.half_parameters()[i].bits ==
                  kernels::Bfloat16(network.parameters()[i]).bits);
      CHECK_THROWS_AS(optimizer.step(0.1, network.parameters(), network.gradients(),
                                     network.half_parameters().first(1)),
                      std::invalid_argument);
    }
}

TEST_CASE("a precision that networks do not have is refused", "[network][bf16]") {
  const Case each = image_cases().front();
  CHECK_THROWS_WITH(Network(random_model(each.architecture, 1), {.precision = DataType::u8}),
                    Catch::Contains("precision must be f32 or bf16, got u8"));
  Network wide{random_model(each.architecture, 1), {}};
  CHECK(wide.half_parameters().empty());
}
