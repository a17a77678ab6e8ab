#include "nn/network/detail/statistics.hpp"

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/interpreter.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

const Architecture& network_with_norms() {
  static const Architecture architecture =
      chain({3, 5, 4}, {{"conv", Conv{.out = 5, .norm = Norm::batch, .act = Activation::relu}, {}},
                        {"norm", BatchNorm{Activation::tanh}, {}},
                        {"dense", Dense{.out = 4, .norm = Norm::batch}, {}}});
  return architecture;
}

struct Expected {
  std::string node;
  double count;  ///< values behind each mean
};
const std::vector<Expected> kNorms{{"conv", 4 * 20}, {"norm", 4 * 20}, {"dense", 4}};

}  // namespace

TEST_CASE("running statistics follow PyTorch's formula", "[network][statistics]") {
  const Model start = random_model(network_with_norms(), 1);
  constexpr float kMomentum = 0.3F;
  Network network{start, {.batch = 4, .norm_momentum = kMomentum}};
  Interpreter reference{start};
  reference.training = true;
  std::map<std::string, std::vector<double>> running = reference.weights;
  for (std::uint64_t step = 0; step < 3; ++step) {
    fill_normal(network.input(), step);
    network.forward(step);
    reference.run(to_grid(network.input(), 4, start.architecture.input));
    for (const auto& [node, count] : kNorms) {
      const BatchStatistics& batch = reference.statistics.at(node);
      auto& mean = running.at(node + ".norm.mean");
      auto& variance = running.at(node + ".norm.variance");
      for (std::size_t c = 0; c < mean.size(); ++c) {
        mean[c] = kMomentum * batch.mean[c] + (1 - kMomentum) * mean[c];
        variance[c] =
            kMomentum * batch.variance[c] * count / (count - 1) + (1 - kMomentum) * variance[c];
      }
    }
  }
  const Model after = network.model();
  for (const auto& [node, count] : kNorms)
    for (const char* which : {".norm.mean", ".norm.variance"}) {
      INFO(node << which);
      const auto& found = after.weights.at(node + which).data;
      for (std::size_t c = 0; c < found.size(); ++c)
        CHECK(found[c] == Approx(running.at(node + which)[c]).epsilon(1e-4).margin(1e-5));
    }
}

TEST_CASE("begin_statistics averages the batches that follow with equal weight",
          "[network][statistics]") {
  const Model start = random_model(network_with_norms(), 2);
  Network network{start, {.batch = 4}};
  Interpreter reference{start};
  reference.training = true;
  std::map<std::string, std::vector<double>> sums;
  network.begin_statistics();
  constexpr int kBatches = 5;
  for (std::uint64_t step = 0; step < kBatches; ++step) {
    fill_normal(network.input(), step);
    network.forward(step);
    reference.run(to_grid(network.input(), 4, start.architecture.input));
    for (const auto& [node, count] : kNorms) {
      const BatchStatistics& batch = reference.statistics.at(node);
      sums[node + ".norm.mean"].resize(batch.mean.size());
      sums[node + ".norm.variance"].resize(batch.mean.size());
      for (std::size_t c = 0; c < batch.mean.size(); ++c) {
        sums[node + ".norm.mean"][c] += batch.mean[c];
        sums[node + ".norm.variance"][c] += batch.variance[c] * count / (count - 1);
      }
    }
  }
  const Model averaged = network.model();
  for (const auto& [key, sum] : sums) {
    INFO(key);
    const auto& found = averaged.weights.at(key).data;
    for (std::size_t c = 0; c < found.size(); ++c)
      CHECK(found[c] == Approx(sum[c] / kBatches).epsilon(1e-4).margin(1e-5));
  }

  network.end_statistics();  // back to the exponential average
  network.forward(9);
  const BatchStatistics& last = reference.statistics.at("conv");
  const auto& before = averaged.weights.at("conv.norm.mean").data;
  const Model after = network.model();
  for (std::size_t c = 0; c < before.size(); ++c)
    CHECK(after.weights.at("conv.norm.mean").data[c] ==
          Approx(0.1 * last.mean[c] + 0.9 * before[c]).epsilon(1e-4).margin(1e-5));
}

TEST_CASE("statistics of a single value stay finite", "[network][statistics]") {
  const Architecture architecture =
      chain({3, 1, 1}, {{"dense", Dense{.out = 4, .norm = Norm::batch}, {}}});
  Network network{random_model(architecture, 3), {.batch = 1}};
  fill_normal(network.input(), 1);
  network.forward();
  for (const float x : network.statistics()) CHECK(std::isfinite(x));
}
