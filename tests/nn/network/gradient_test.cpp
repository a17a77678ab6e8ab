// Gradients against central differences, of the interpreter in double and of the network itself.
#include <algorithm>
#include <numeric>
#include <optional>
#include <variant>

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/interpreter.hpp"
#include "tests/support/random_architecture.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

/// The loss is a sum of outputs with fixed random weights, so its gradient is those weights.
std::vector<float> loss_weights(std::size_t outputs) {
  std::vector<float> weights(outputs);
  fill_normal(weights, 77);
  return weights;
}

double weighted_sum(std::span<const double> outputs, std::span<const float> weights) {
  return std::inner_product(outputs.begin(), outputs.end(), weights.begin(), 0.0);
}

/// d loss / d direction of one tensor by central differences.
double slope(Interpreter& reference, const Grid& input, const std::vector<float>& loss,
             const std::string& key, const std::vector<double>& direction) {
  constexpr double kStep = 1e-6;
  std::vector<double>& tensor = reference.weights.at(key);
  const std::vector<double> at = tensor;
  double losses[2];
  for (const int side : {0, 1}) {
    for (std::size_t i = 0; i < at.size(); ++i)
      tensor[i] = at[i] + (side == 0 ? -kStep : kStep) * direction[i];
    losses[side] = weighted_sum(reference.run(input).data, loss);
  }
  tensor = at;
  return (losses[1] - losses[0]) / (2 * kStep);
}

double norm(std::span<const float> tensor) {
  double squares = 0;
  for (const float x : tensor) squares += 1.0 * x * x;
  return std::sqrt(squares);
}

/// Where the tensor holds one weight a filter and a normalisation follows: that takes the weight's
/// size out again, so its gradient is what the normalisation's epsilon leaves of sums that cancel,
/// sums as large as the gradient of the shift, whose name this gives.
std::optional<std::string> normalised_away(const Architecture& architecture,
                                           const ParameterSpec& spec) {
  const std::string node = spec.name.substr(0, spec.name.find('.'));
  const auto* conv = std::get_if<Conv>(&architecture.node(node).op);
  if (!conv || conv->norm != Norm::batch || !spec.name.ends_with(".weight")) return std::nullopt;
  std::size_t elements = 1;
  for (const auto size : spec.shape) elements *= static_cast<std::size_t>(size);
  if (elements != static_cast<std::size_t>(conv->out)) return std::nullopt;
  return node + ".norm.shift";
}

/// Along random directions through each tensor, which no wrong element escapes.
void check_gradients(const Case& each, std::uint64_t seed) {
  INFO(each.name);
  const Model model = random_model(each.architecture, seed);
  Network network{model, {.batch = each.batch}};
  fill_normal(network.input(), seed + 1);
  const std::vector<float> loss = loss_weights(network.output().size());
  network.forward();
  std::copy(loss.begin(), loss.end(), network.output_gradient().begin());
  network.backward();

  Interpreter reference{model};
  reference.training = true;
  const Grid input = to_grid(network.input(), each.batch, each.architecture.input);
  const double largest = norm(network.gradients());
  CHECK(largest > 0);
  for (const ParameterSpec& spec : parameter_specs(each.architecture)) {
    if (!spec.learnt) continue;
    INFO(spec.name);
    const Tensor gradient = network.gradient(spec.name);
    REQUIRE(gradient.shape == spec.shape);
    for (std::uint64_t draw = 0; draw < 2; ++draw) {
      Random random{seed + draw, spec.name};
      std::vector<double> direction(gradient.data.size());
      for (double& x : direction) x = random.normal();
      const double expected = slope(reference, input, loss, spec.name, direction);
      const double found =
          std::inner_product(direction.begin(), direction.end(), gradient.data.begin(), 0.0);
      // What is zero by nature (a bias before a normalisation) is a sum that cancels.
      const bool cancels = std::abs(expected) < 1e-7 * largest;
      double margin = cancels ? 1e-3 * largest : 1e-3 * norm(gradient.data) + 1e-6 * largest;
      if (const auto shift = normalised_away(each.architecture, spec))
        margin += 1e-4 * norm(network.gradient(*shift).data);
      CHECK(found == Approx(expected).epsilon(1e-3).margin(margin));
    }
  }
}

void check_random_network(std::uint64_t seed) {
  Random random{seed, "architecture"};
  const bool smooth = seed % 2 == 0;
  check_gradients(
      {"random " + std::to_string(seed),
       random_architecture(random, {.smooth = smooth, .dropout = false, .softmax = true}), 6},
      seed);
}

}  // namespace

TEST_CASE("gradients of convolutions are those of central differences", "[network][gradient]") {
  for (const Case& each : convolution_cases()) check_gradients(each, 11);
}

TEST_CASE("gradients of vector operations are those of central differences",
          "[network][gradient]") {
  for (const Case& each : vector_cases()) check_gradients(each, 12);
}

TEST_CASE("gradients of image operations are those of central differences", "[network][gradient]") {
  for (const Case& each : image_cases()) check_gradients(each, 13);
}

TEST_CASE("gradients of random networks are those of central differences", "[network][gradient]") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) check_random_network(seed);
}

TEST_CASE("gradients of many random networks are those of central differences",
          "[network][gradient][slow]") {
  for (std::uint64_t seed = 100; seed < 180; ++seed) check_random_network(seed);
}

TEST_CASE("a network's own forward agrees with its gradients over large steps",
          "[network][gradient]") {
  // Smooth everywhere, so that a step of 1e-2 meets no kink.
  const Architecture architecture =
      chain({2, 6, 6}, {{"a", Conv{.out = 4, .norm = Norm::batch, .act = Activation::tanh}, {}},
                        {"b", Conv{.out = 4, .act = Activation::silu}, {}},
                        {"sum", Add{Activation::gelu}, {"a", "b"}},
                        {"gate", Scale{}, {}},
                        {"pool", AvgPool{}, {}},
                        {"logits", Dense{.out = 3}, {}},
                        {"soft", Softmax{}, {}}});
  const Model model = random_model(architecture, 21);
  Network network{model, {.batch = 4}};
  fill_normal(network.input(), 22);
  const std::vector<float> loss = loss_weights(network.output().size());
  network.forward();
  std::copy(loss.begin(), loss.end(), network.output_gradient().begin());
  network.backward();
  const std::vector<float> gradient{network.gradients().begin(), network.gradients().end()};
  const std::vector<float> at{network.parameters().begin(), network.parameters().end()};

  const auto loss_at = [&](double step, const std::vector<double>& direction) {
    for (std::size_t i = 0; i < at.size(); ++i)
      network.parameters()[i] = static_cast<float>(at[i] + step * direction[i]);
    network.forward();
    return std::inner_product(network.output().begin(), network.output().end(), loss.begin(), 0.0);
  };
  for (const ParameterBlock& block : network.blocks()) {
    INFO(block.name);
    Random random{23, block.name};
    std::vector<double> direction(at.size());
    double expected = 0;
    double size = 0;
    for (std::size_t i = block.offset; i < block.offset + block.size; ++i) {
      if (gradient[i] == 0) continue;  // padding stays as it is
      direction[i] = random.normal() / std::sqrt(static_cast<double>(block.size));
      expected += direction[i] * gradient[i];
      size += 1.0 * gradient[i] * gradient[i];
    }
    // The fourth-order rule: its error is of the step's fourth power.
    constexpr double kStep = 1e-2;
    const double slope = (8 * (loss_at(kStep, direction) - loss_at(-kStep, direction)) -
                          (loss_at(2 * kStep, direction) - loss_at(-2 * kStep, direction))) /
                         (12 * kStep);
    CHECK(slope == Approx(expected).epsilon(1e-3).margin(1e-3 * std::sqrt(size)));
  }
}
