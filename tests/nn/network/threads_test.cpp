// Networks of several workers, and thread budgets.
#include <algorithm>
#include <thread>

#include "kernels/threads.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

Architecture small_residual() {
  return chain({3, 12, 12},
               {{"stem", Conv{.out = 12, .norm = Norm::batch, .act = Activation::relu}, {}},
                {"a", Conv{.out = 12, .norm = Norm::batch, .act = Activation::silu}, {}},
                {"b", Conv{.out = 12, .groups = 12, .norm = Norm::batch}, {}},
                {"sum", Add{Activation::relu}, {"stem", "b"}},
                {"drop", Dropout{0.2F}, {}},
                {"pool", MaxPool{}, {}},
                {"logits", Dense{.out = 5}, {}}});
}

/// Parameters after a few steps of plain gradient descent within this thread budget.
std::vector<float> trained(std::uint64_t seed, int threads) {
  std::vector<float> result;
  kernels::with_threads(threads, [&] {
    Network network{random_model(small_residual(), seed), {.batch = 8, .seed = seed}};
    for (std::uint64_t step = 0; step < 10; ++step) {
      fill_normal(network.input(), seed + step);
      network.forward(step);
      fill_normal(network.output_gradient(), seed + 100 + step);
      network.backward();
      for (std::size_t i = 0; i < network.parameters().size(); ++i)
        network.parameters()[i] -= 1e-3F * network.gradients()[i];
    }
    result.assign(network.parameters().begin(), network.parameters().end());
  });
  return result;
}

}  // namespace

TEST_CASE("workers side by side give the bits that each gives alone", "[network][threads]") {
  constexpr std::size_t kWorkers = 4;
  std::vector<std::vector<float>> alone(kWorkers);
  std::vector<std::vector<float>> together(kWorkers);
  for (std::size_t i = 0; i < kWorkers; ++i) alone[i] = trained(i % 2, 1);
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < kWorkers; ++i)
    workers.emplace_back([&together, i] { together[i] = trained(i % 2, 1); });
  for (std::thread& worker : workers) worker.join();
  for (std::size_t i = 0; i < kWorkers; ++i) CHECK(alone[i] == together[i]);
}

TEST_CASE("a budget of two threads repeats its bits, near those of one", "[network][threads]") {
  const std::vector<float> one = trained(1, 1);
  const std::vector<float> two = trained(1, 2);
  CHECK(two == trained(1, 2));
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i)
    REQUIRE(two[i] == Approx(one[i]).epsilon(1e-3).margin(1e-3));
}
