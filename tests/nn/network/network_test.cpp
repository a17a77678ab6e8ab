// A network as its users see it: memory, round trips, equal bits and errors.
#include "nn/network/network.hpp"

#include <algorithm>
#include <set>

#include "kernels/image_writer.hpp"
#include "nn/blocks.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/winograd.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

/// In units of the largest value expected.
double largest_difference(const std::vector<float>& found, const std::vector<float>& expected) {
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(found[i] - expected[i])));
  }
  return difference / largest;
}

void run_step(Network& network, std::uint64_t step) {
  fill_normal(network.input(), step);
  network.forward(step);
  fill_normal(network.output_gradient(), step + 1000);
  network.backward();
}

}  // namespace

TEST_CASE("images may lie as the first layer reads them, and nothing else changes",
          "[network][input]") {
  const auto conv = Conv{.out = 8, .act = Activation::relu};
  const Node logits{"logits", Dense{.out = 3}, {}};
  struct Reading {
    std::string name;
    Architecture architecture;
    bool turned_f32, turned_bf16;  ///< whether plain images would be turned
  };
  const std::vector<Reading> readings{
      {"grey", chain({1, 8, 8}, {{"conv", conv, {}}, logits}), false, true},
      {"many channels", chain({20, 8, 8}, {{"conv", conv, {}}, logits}), true, true},
      {"a vector", chain({7, 1, 1}, {logits}), false, true},
      {"read by two in the same blocks",
       chain(
           {20, 8, 8},
           {{"conv", Conv{.out = 20}, {}}, {"sum", Add{}, {"conv", std::string{kInput}}}, logits}),
       true, true},
      {"read as it is too",
       chain({20, 8, 8}, {{"conv", Conv{.out = 20}, {}},
                          {"pooled", GlobalAvgPool{}, {}},
                          {"means", GlobalAvgPool{}, {std::string{kInput}}},
                          {"sum", Add{}, {"pooled", "means"}},
                          logits}),
       false, false}};
  for (const Reading& each : readings)
    for (const auto precision : {kernels::DataType::f32, kernels::DataType::bf16}) {
      const Model model = random_model(each.architecture, 4);
      Network plain{model, {.batch = 3, .precision = precision}};
      Network direct{model, {.batch = 3, .precision = precision, .plain_input = false}};
      INFO(each.name << " " << direct.images().layout.text());
      const bool half = precision == kernels::DataType::bf16;
      const bool turned = half ? each.turned_bf16 : each.turned_f32;
      if (has_winograd() || half) {
        CHECK((direct.images().layout != plain.images().layout) == turned);
        CHECK(plain.plan().size() - direct.plan().size() == (turned ? 1 : 0));
      }
      fill_normal(plain.input(), 6);
      const kernels::ImageWriter images{direct.images()};
      for (std::size_t i = 0; i < 3; ++i)
        images.write(i, plain.input().subspan(i * images.image_size(), images.image_size()));
      if (turned && has_winograd()) CHECK_THROWS_AS(direct.input(), std::invalid_argument);
      for (Network* network : {&plain, &direct}) {
        network->forward();
        fill_normal(network->output_gradient(), 8);
        network->backward();
      }
      CHECK(std::ranges::equal(direct.output(), plain.output()));
      CHECK(std::ranges::equal(direct.gradients(), plain.gradients()));
    }
}

TEST_CASE("a model goes in and comes out bit for bit", "[network]") {
  for (const kernels::Pass pass : {kernels::Pass::training, kernels::Pass::inference})
    for (const Case& each : all_cases()) {
      INFO(each.name);
      const Model model = random_model(each.architecture, 1);
      Network network{model, {.batch = each.batch, .pass = pass}};
      REQUIRE(network.model() == model);
      const Model other = random_model(each.architecture, 2);
      network.load(other.weights);
      REQUIRE(network.model() == other);
    }
}

TEST_CASE("weights that do not fit are refused and change nothing", "[network]") {
  const Case each = image_cases().front();
  const Model model = random_model(each.architecture, 1);
  Network network{model, {.batch = 2}};
  Weights missing = random_model(each.architecture, 2).weights;
  missing.erase(missing.begin());
  CHECK_THROWS_AS(network.load(missing), std::invalid_argument);
  Weights bent = random_model(each.architecture, 2).weights;
  bent.begin()->second = Tensor{{1, 2, 3}};
  CHECK_THROWS_AS(network.load(bent), std::invalid_argument);
  CHECK(network.model() == model);
}

TEST_CASE("blocks cover the learnt tensors, aligned and apart", "[network]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    Network network{random_model(each.architecture, 1), {.batch = each.batch}};
    REQUIRE(network.parameters().size() == network.gradients().size());
    std::set<std::string> names;
    std::size_t end = 0;
    for (const ParameterBlock& block : network.blocks()) {
      CHECK(block.offset >= end);
      CHECK(block.offset * sizeof(float) % 64 == 0);
      end = block.offset + block.size;
      names.insert(block.name);
    }
    CHECK(end <= network.parameters().size());
    for (const ParameterSpec& spec : parameter_specs(each.architecture)) {
      if (!spec.learnt) continue;
      const std::size_t norm = spec.name.find(".norm.");
      const std::string block =
          norm == std::string::npos ? spec.name : spec.name.substr(0, norm + 5);
      const auto found = std::find_if(network.blocks().begin(), network.blocks().end(),
                                      [&](const ParameterBlock& b) { return b.name == block; });
      REQUIRE(found != network.blocks().end());
      CHECK(found->decayed == spec.decayed);
    }
  }
}

TEST_CASE("padding of parameters and gradients is zero and stays zero", "[network]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    Network network{random_model(each.architecture, 1), {.batch = each.batch}};
    std::fill(network.gradients().begin(), network.gradients().end(), 0.0F);
    for (std::uint64_t step = 0; step < 2; ++step) {
      run_step(network, step);
      for (std::size_t i = 0; i < network.parameters().size(); ++i)
        network.parameters()[i] -= 0.01F * network.gradients()[i];
    }
    // Whatever lies between and inside the blocks beyond the plain tensors is padding: its loss
    // would show as a difference between the sums over all and over the plain tensors.
    double flat = 0;
    for (const float x : network.parameters()) flat += std::abs(x);
    double plain = 0;
    const Model model = network.model();
    for (const ParameterSpec& spec : parameter_specs(each.architecture))
      if (spec.learnt)
        for (const float x : model.weights.at(spec.name).data) plain += std::abs(x);
    CHECK(flat == Approx(plain).epsilon(1e-12));
    double flat_gradient = 0;
    for (const float x : network.gradients()) flat_gradient += std::abs(x);
    double plain_gradient = 0;
    for (const ParameterSpec& spec : parameter_specs(each.architecture))
      if (spec.learnt)
        for (const float x : network.gradient(spec.name).data) plain_gradient += std::abs(x);
    CHECK(flat_gradient == Approx(plain_gradient).epsilon(1e-12));
  }
}

TEST_CASE("equal steps give equal bits", "[network]") {
  Architecture architecture = resnet20(8);
  architecture.nodes.insert(architecture.nodes.end() - 1, {"drop", Dropout{0.3F}, {"pooled"}});
  architecture.nodes.back().inputs = {"drop"};
  const Model model = random_model(architecture, 1);
  Network first{model, {.batch = 4, .seed = 5}};
  Network second{model, {.batch = 4, .seed = 5}};
  for (std::uint64_t step = 0; step < 3; ++step) {
    run_step(first, step);
    run_step(second, step);
    REQUIRE(std::ranges::equal(first.output(), second.output()));
    REQUIRE(std::ranges::equal(first.gradients(), second.gradients()));
  }
  CHECK(first.model() == second.model());
}

TEST_CASE("backward wants a forward first, and a training network", "[network]") {
  const Case each = image_cases().front();
  const Model model = random_model(each.architecture, 1);
  Network training{model, {.batch = 2}};
  CHECK_THROWS_AS(training.backward(), std::invalid_argument);
  run_step(training, 0);
  CHECK_THROWS_AS(training.backward(), std::invalid_argument);
  CHECK_THROWS_AS(training.gradient("nobody.weight"), std::invalid_argument);

  Network inference{model, {.batch = 2, .pass = kernels::Pass::inference}};
  inference.forward();
  CHECK_THROWS_AS(inference.backward(), std::invalid_argument);
  CHECK_THROWS_AS(inference.output_gradient(), std::invalid_argument);
  CHECK_THROWS_AS(inference.gradient("stem.weight"), std::invalid_argument);
  CHECK(inference.gradients().empty());
}

TEST_CASE("faulty models are refused", "[network]") {
  Model model = random_model(image_cases().front().architecture, 1);
  model.weights.erase(model.weights.begin());
  CHECK_THROWS_AS((Network{model, {}}), std::invalid_argument);
  model = random_model(image_cases().front().architecture, 1);
  model.architecture.nodes.back().inputs = {"nobody"};
  CHECK_THROWS_AS((Network{model, {}}), std::invalid_argument);
}

TEST_CASE("inference of a deep chain keeps two tensors and training all", "[network]") {
  const auto chain_of = [](int depth) {
    std::vector<Node> nodes;
    for (int i = 0; i < depth; ++i)
      nodes.push_back({"n" + std::to_string(i),
                       Conv{.out = 16, .norm = Norm::batch, .act = Activation::relu},
                       {}});
    return random_model(chain({16, 16, 16}, std::move(nodes)), 1);
  };
  const auto bytes = [&](int depth, kernels::Pass pass) {
    return Network{chain_of(depth), {.batch = 4, .pass = pass}}.arena_bytes();
  };
  constexpr int kDepth = 20, kShallow = 4;
  constexpr std::size_t kTensor = 4U * 16 * 16 * 16 * sizeof(float);
  CHECK(bytes(kDepth, kernels::Pass::inference) == bytes(kShallow, kernels::Pass::inference));
  const std::size_t more =
      bytes(kDepth, kernels::Pass::training) - bytes(kShallow, kernels::Pass::training);
  CHECK(more >= (kDepth - kShallow) * kTensor);
  CHECK(more <= 3 * (kDepth - kShallow) * kTensor);
}

TEST_CASE("measuring times every row and keeps the state", "[network]") {
  const Model model = random_model(resnet20(8), 1);
  Network network{model, {.batch = 2}};
  fill_normal(network.input(), 1);
  const std::vector<double> seconds = network.measure(3);
  CHECK(seconds.size() == network.plan().size());
  for (const double each : seconds) CHECK(each >= 0);
  CHECK(network.model() == model);
  CHECK_THROWS_AS(network.measure(0), std::invalid_argument);
}

TEST_CASE("Winograd's method is a matter of rounding", "[network]") {
  const Model model = make_model(built_in("small-residual", {1, 16, 16}, 10), {}, 3);
  std::vector<std::vector<float>> outputs, gradients;
  std::vector<std::size_t> steps;
  for (const bool winograd : {true, false}) {
    Network network{model, {.batch = 16, .winograd = winograd}};
    run_step(network, 4);
    outputs.emplace_back(network.output().begin(), network.output().end());
    std::vector<float> all;
    for (const auto& [name, tensor] : model.weights)
      if (!name.ends_with(".mean") && !name.ends_with(".variance")) {
        const Tensor gradient = network.gradient(name);
        all.insert(all.end(), gradient.data.begin(), gradient.data.end());
      }
    gradients.push_back(std::move(all));
    const auto plan = network.plan();
    steps.push_back(
        static_cast<std::size_t>(std::count_if(plan.begin(), plan.end(), [](const auto& row) {
          return row.step.find("winograd") != std::string::npos;
        })));
  }
  CHECK((steps[0] > 0) == has_winograd());
  CHECK(steps[1] == 0);
  CHECK(largest_difference(outputs[0], outputs[1]) < 1e-3);
  CHECK(largest_difference(gradients[0], gradients[1]) < 1e-2);
}

TEST_CASE("Winograd's method scores below any activation", "[network]") {
  for (const Activation act : kernels::all_activations()) {
    INFO(name(act));
    const Model model =
        random_model(chain({16, 16, 16}, {{"conv", Conv{.out = 16, .act = act}, {}}}), 5);
    std::vector<std::vector<float>> outputs;
    for (const bool winograd : {true, false}) {
      Network network{model, {.batch = 16, .pass = kernels::Pass::inference, .winograd = winograd}};
      fill_normal(network.input(), 2);
      network.forward(0);
      outputs.emplace_back(network.output().begin(), network.output().end());
      const auto plan = network.plan();
      CHECK(std::any_of(plan.begin(), plan.end(), [](const auto& row) {
              return row.step.find("winograd") != std::string::npos;
            }) == (winograd && has_winograd()));
    }
    CHECK(largest_difference(outputs[0], outputs[1]) < 1e-3);
  }
}

TEST_CASE("frozen nodes cost no gradient and keep their weights", "[network]") {
  const Architecture architecture = resnet20(8);
  std::vector<std::string> frozen;
  for (const Node& node : architecture.nodes) {
    frozen.push_back(node.id);
    if (frozen.size() == architecture.nodes.size() / 2) break;
  }
  const Model model = make_model(architecture, {}, 3);
  Network whole{model, {.batch = 4}};
  Network network{model, {.batch = 4, .frozen = frozen}};
  run_step(whole, 1);
  run_step(network, 1);
  const auto is_frozen = [&](const std::string& name) {
    const std::string node = name.substr(0, name.find('.'));
    return std::find(frozen.begin(), frozen.end(), node) != frozen.end();
  };
  for (const auto& [name, tensor] : model.weights) {
    if (name.ends_with(".mean") || name.ends_with(".variance")) continue;
    const Tensor gradient = network.gradient(name);
    INFO(name);
    if (is_frozen(name))
      CHECK(
          std::all_of(gradient.data.begin(), gradient.data.end(), [](float x) { return x == 0; }));
    else
      CHECK(gradient.data == whole.gradient(name).data);
  }
  // Nothing runs backward through what comes before the first node that learns.
  for (const auto& row : network.plan())
    if (row.pass == "backward") CHECK_FALSE(is_frozen(row.node));
  for (const ParameterBlock& block : network.blocks())
    if (is_frozen(block.name)) CHECK_FALSE(block.decayed);
}

TEST_CASE("a frozen node in the middle passes gradients through", "[network]") {
  const Architecture architecture =
      chain({3, 8, 8}, {{"a", Conv{.out = 8, .norm = Norm::batch, .act = Activation::relu}, {}},
                        {"b", Conv{.out = 8, .norm = Norm::batch, .act = Activation::relu}, {}},
                        {"pooled", GlobalAvgPool{}, {}},
                        {"logits", Dense{.out = 5}, {}}});
  const Model model = random_model(architecture, 2);
  Network whole{model, {.batch = 4}};
  Network network{model, {.batch = 4, .frozen = {"b"}}};
  run_step(whole, 1);
  run_step(network, 1);
  for (const char* name : {"a.weight", "a.norm.scale", "logits.weight"})
    CHECK(network.gradient(name).data == whole.gradient(name).data);
  for (const char* name : {"b.weight", "b.norm.scale", "b.norm.shift"}) {
    const Tensor gradient = network.gradient(name);
    CHECK(std::all_of(gradient.data.begin(), gradient.data.end(), [](float x) { return x == 0; }));
  }
}
