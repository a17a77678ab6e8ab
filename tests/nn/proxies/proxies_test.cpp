// Proxies against naive computations on networks small enough to be worked by hand.
#include "nn/proxies/proxy.hpp"

#include <cmath>

#include "nn/blocks.hpp"
#include "nn/network/network.hpp"
#include "nn/proxies/activation_codes.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

// A linear classifier of three inputs, two classes.
Model linear_model() {
  Model model{.architecture = {.input = {3, 1, 1}, .nodes = {{"out", Dense{.out = 2}, {"input"}}}},
              .weights = {}};
  model.weights["out.weight"] = Tensor{{2, 3, 1, 1}};
  model.weights["out.weight"].data = {0.5F, -1, 0.25F, -0.5F, 0.75F, 1};
  model.weights["out.bias"] = Tensor{{2}};
  model.weights["out.bias"].data = {0.1F, -0.2F};
  return model;
}

ProxyBatch linear_batch() {
  return {
      .size = 2, .classes = 2, .images = {1, 2, -1, 0.5F, 0, 3}, .labels = {0, 1}, .targets = {}};
}

// d loss / d weight[o][i] = mean over examples of (softmax - one hot)[o] * x[i].
std::vector<double> naive_gradient(const Model& model, const ProxyBatch& batch) {
  const auto& w = model.weights.at("out.weight").data;
  const auto& b = model.weights.at("out.bias").data;
  std::vector<double> gradient(6, 0);
  for (std::size_t n = 0; n < 2; ++n) {
    double logits[2];
    for (std::size_t o = 0; o < 2; ++o) {
      logits[o] = b[o];
      for (std::size_t i = 0; i < 3; ++i)
        logits[o] += double{w[o * 3 + i]} * batch.images[n * 3 + i];
    }
    const double sum = std::exp(logits[0]) + std::exp(logits[1]);
    for (std::size_t o = 0; o < 2; ++o)
      for (std::size_t i = 0; i < 3; ++i)
        gradient[o * 3 + i] +=
            (std::exp(logits[o]) / sum - (static_cast<std::size_t>(batch.labels[n]) == o ? 1 : 0)) *
            batch.images[n * 3 + i] / 2;
  }
  return gradient;
}

double score(const char* name, const Model& model, const ProxyBatch& batch) {
  const auto value = proxy_kind(name).score(model, batch);
  REQUIRE(value);
  return *value;
}

}  // namespace

TEST_CASE("gradient norms and sensitivities are those of the naive gradient", "[proxies]") {
  const Model model = linear_model();
  const ProxyBatch batch = linear_batch();
  const auto gradient = naive_gradient(model, batch);
  double squares = 0;
  double sensitivity = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    squares += gradient[i] * gradient[i];
    sensitivity += std::abs(gradient[i] * model.weights.at("out.weight").data[i]);
  }
  CHECK(score("grad_norm", model, batch) == Approx(std::sqrt(squares)).epsilon(1e-5));
  CHECK(score("snip", model, batch) == Approx(sensitivity).epsilon(1e-5));
}

TEST_CASE("a gradient norm adds up layer by layer and leaves normalisation out", "[proxies]") {
  Model model{
      .architecture =
          {.input = {1, 6, 6},
           .nodes = {{"a", Conv{.out = 3, .norm = Norm::batch, .act = Activation::relu}, {"input"}},
                     {"p", GlobalAvgPool{}, {"a"}},
                     {"out", Dense{.out = 2}, {"p"}}}},
      .weights = {}};
  model.weights = initialise(model.architecture, {}, 3);
  ProxyBatch batch{.size = 4, .classes = 2, .images = {}, .labels = {0, 1, 1, 0}, .targets = {}};
  Random random{8};
  for (int i = 0; i < 4 * 36; ++i) batch.images.push_back(static_cast<float>(random.normal()));

  // Numeric derivatives of the loss of a network compiled anew for each: in training mode.
  const auto loss = [&](const Model& at) {
    Network network{at, {.batch = 4, .winograd = false}};
    std::copy(batch.images.begin(), batch.images.end(), network.input().begin());
    network.forward();
    double sum = 0;
    for (std::size_t n = 0; n < 4; ++n) {
      const double a = network.output()[2 * n];
      const double b = network.output()[2 * n + 1];
      sum += std::log(std::exp(a) + std::exp(b)) - (batch.labels[n] == 0 ? a : b);
    }
    return sum / 4;
  };
  double norms = 0;
  for (const char* name : {"a.weight", "out.weight"}) {
    double squares = 0;
    for (std::size_t i = 0; i < model.weights.at(name).data.size(); ++i) {
      constexpr float kStep = 1e-2F;
      Model up = model;
      Model down = model;
      up.weights.at(name).data[i] += kStep;
      down.weights.at(name).data[i] -= kStep;
      const double derivative = (loss(up) - loss(down)) / (2 * kStep);
      squares += derivative * derivative;
    }
    norms += std::sqrt(squares);
  }
  CHECK(score("grad_norm", model, batch) == Approx(norms).epsilon(0.02));
}

TEST_CASE("synaptic flow counts paths", "[proxies]") {
  // Two layers of one channel: |w1| * |w2| flows, and each layer carries all of it.
  Model model{
      .architecture = {.input = {2, 1, 1},
                       .nodes = {{"a",
                                  Dense{.out = 2, .norm = Norm::batch, .act = Activation::relu},
                                  {"input"}},
                                 {"out", Dense{.out = 1}, {"a"}}}},
      .weights = {}};
  model.weights = initialise(model.architecture, {}, 1);
  model.weights.at("a.weight").data = {1, -2, 3, 0.5F};
  model.weights.at("out.weight").data = {-4, 2};
  model.weights.at("out.bias").data = {100};
  // Ones in: hidden {3, 3.5}, out 4 * 3 + 2 * 3.5 = 19, once a layer.
  CHECK(score("synflow", model, {}) == Approx(std::log(2 * 19.0)).epsilon(1e-5));
}

TEST_CASE("synaptic flow stays finite where it would overflow a float", "[proxies]") {
  const Model deep = make_model(built_in("resnet20", {3, 32, 32}, 10), {}, 1);
  CHECK(std::isfinite(score("synflow", deep, {})));
  const Model vgg = make_model(built_in("vgg", {3, 32, 32}, 10), {}, 1);
  CHECK(std::isfinite(score("synflow", vgg, {})));
}

TEST_CASE("the kernel of activation codes is worked by hand", "[proxies]") {
  // Codes 110, 011 and 000: agreements {3 1 1; 1 3 1; 1 1 3}, determinant 20.
  const ActivationCodes codes{
      .images = 3, .units = 3, .bits = {true, true, false, false, true, true, false, false, false}};
  CHECK(*log_determinant(codes) == Approx(std::log(20.0)));
  // Two images of one code cannot be told apart.
  CHECK_FALSE(log_determinant({.images = 2, .units = 3, .bits = {1, 0, 1, 1, 0, 1}}));
  CHECK_FALSE(log_determinant({.images = 2, .units = 0, .bits = {}}));
}

TEST_CASE("codes say which units fire for which image", "[proxies]") {
  Model model{
      .architecture =
          {.input = {1, 1, 2},
           .nodes = {{"a", Conv{.out = 2, .kernel = {1, 1}, .act = Activation::relu}, {"input"}},
                     {"b", Conv{.out = 1, .kernel = {1, 1}, .act = Activation::sigmoid}, {"a"}},
                     {"c", Activate{.act = Activation::silu}, {"b"}},
                     {"out", Dense{.out = 2}, {"c"}}}},
      .weights = {}};
  model.weights = initialise(model.architecture, {}, 1);
  model.weights.at("a.weight").data = {1, -1};
  model.weights.at("a.bias").data = {0, 0};
  const ProxyBatch batch{
      .size = 2, .classes = 2, .images = {1, -2, -3, 4}, .labels = {0, 1}, .targets = {}};
  const ActivationCodes codes = activation_codes(model, batch);
  CHECK(codes.units == 6);  // four of a, none of the sigmoid, two of the silu after it
  const std::vector<bool> expected{true,  false, false, true,  true, true,
                                   false, true,  true,  false, true, true};
  CHECK(codes.bits == expected);
  // A network without such units has no score.
  CHECK_FALSE(proxy_kind("naswot").score(linear_model(), linear_batch()));
}

TEST_CASE("every proxy of every network is the same every time", "[proxies]") {
  const TrainTest sets = load_dataset("shapes", "", 1, {.limit = 200});
  const Split split = stratified_split(sets.train, 50, 1);
  const TrainData data{.data = &sets.train,
                       .train = split.train,
                       .validation = split.validation,
                       .normalisation = measure_normalisation(sets.train, split.train)};
  const ProxyBatch batch = proxy_batch(data, 32, 7);
  CHECK(batch.size == 32);
  CHECK(batch.images == proxy_batch(data, 32, 7).images);
  CHECK(batch.images != proxy_batch(data, 32, 8).images);
  CHECK(proxy_batch(data, 100000, 1).size == 150);  // all there are
  for (const auto& name : built_in_names()) {
    if (name == "mlp") continue;
    const Model model = make_model(built_in(name, sets.train.shape, 10), {}, 5);
    for (const ProxyKind& kind : proxy_kinds()) {
      INFO(name << ", " << kind.name);
      const auto value = kind.score(model, batch);
      REQUIRE(value);
      CHECK(std::isfinite(*value));
      CHECK(kind.score(model, batch) == value);
    }
  }
  CHECK_THROWS_AS(proxy_kind("naswt"), std::invalid_argument);
  CHECK_THROWS_AS(proxy_batch(data, 0, 1), std::invalid_argument);
}
