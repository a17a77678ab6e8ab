// What a compiled network computes, against the interpreter.
#include <algorithm>

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/interpreter.hpp"
#include "tests/support/random_architecture.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

/// The largest difference, relative to the largest value expected (at least 1).
double worst_difference(std::span<const float> found, const Grid& expected) {
  REQUIRE(found.size() == expected.data.size());
  double size = 1;
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    size = std::max(size, std::abs(expected.data[i]));
    worst = std::max(worst, std::abs(found[i] - expected.data[i]));
    if (!std::isfinite(found[i])) return INFINITY;
  }
  return worst / size;
}

double difference_from_interpreter(const Case& each, kernels::Pass pass) {
  const Model model = random_model(each.architecture, 1);
  Network network{model, {.batch = each.batch, .pass = pass}};
  fill_normal(network.input(), 2);
  Interpreter reference{model};
  reference.training = pass == kernels::Pass::training;
  const Grid expected =
      reference.run(to_grid(network.input(), each.batch, each.architecture.input));
  network.forward();
  const double first = worst_difference(network.output(), expected);
  network.forward();  // the memory is used a second time
  return std::max(first, worst_difference(network.output(), expected));
}

}  // namespace

TEST_CASE("inference of every operation is what the interpreter says", "[network]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    CHECK(difference_from_interpreter(each, kernels::Pass::inference) < 1e-5);
  }
}

TEST_CASE("the training pass of every operation normalises by the batch", "[network]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    CHECK(difference_from_interpreter(each, kernels::Pass::training) < 1e-5);
  }
}

TEST_CASE("inference of hundreds of random networks is what the interpreter says", "[network]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    Random random{seed, "architecture"};
    const Case each{"random", random_architecture(random, {.softmax = true}),
                    static_cast<int>(1 + random.below(4))};
    REQUIRE(difference_from_interpreter(each, kernels::Pass::inference) < 1e-4);
  }
}

TEST_CASE("training passes of random networks are what the interpreter says", "[network]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    Random random{seed, "architecture"};
    const Case each{"random", random_architecture(random, {.dropout = false, .softmax = true}), 6};
    REQUIRE(difference_from_interpreter(each, kernels::Pass::training) < 1e-4);
  }
}

TEST_CASE("an image's output does not depend on its neighbours in the batch", "[network]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    const Model model = random_model(each.architecture, 3);
    constexpr int kBatch = 4;
    Network network{model, {.batch = kBatch, .pass = kernels::Pass::inference}};
    const std::span<float> input = network.input();
    fill_normal(input, 4);
    network.forward();
    const std::vector<float> forwards{network.output().begin(), network.output().end()};
    const std::size_t image = input.size() / kBatch;
    const std::size_t outputs = forwards.size() / kBatch;

    std::vector<float> turned;  // the same images, last first
    for (int i = kBatch - 1; i >= 0; --i)
      turned.insert(turned.end(), input.begin() + static_cast<std::ptrdiff_t>(image) * i,
                    input.begin() + static_cast<std::ptrdiff_t>(image) * (i + 1));
    std::copy(turned.begin(), turned.end(), input.begin());
    network.forward();
    for (std::size_t i = 0; i < kBatch; ++i)
      for (std::size_t k = 0; k < outputs; ++k)
        REQUIRE(network.output()[(kBatch - 1 - i) * outputs + k] == forwards[i * outputs + k]);
  }
}

TEST_CASE("inference after training steps uses what training has learnt", "[network]") {
  const Architecture architecture =
      chain({3, 8, 8}, {{"a", Conv{.out = 6, .norm = Norm::batch, .act = Activation::relu}, {}},
                        {"b", Conv{.out = 7, .norm = Norm::batch}, {}},
                        {"pooled", GlobalAvgPool{}, {}},
                        {"logits", Dense{.out = 4}, {}}});
  Network training{random_model(architecture, 5), {.batch = 8}};
  for (std::uint64_t step = 0; step < 5; ++step) {
    fill_normal(training.input(), step);
    training.forward(step);
  }
  const Model learnt = training.model();
  Network inference{learnt, {.batch = 3, .pass = kernels::Pass::inference}};
  fill_normal(inference.input(), 6);
  inference.forward();
  Interpreter reference{learnt};
  CHECK(worst_difference(inference.output(),
                         reference.run(to_grid(inference.input(), 3, architecture.input))) < 1e-5);
}
