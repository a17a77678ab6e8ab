// Every optimiser against steps of PyTorch's, recorded by tools/record_pytorch_losses.py.
#include <vector>

#include "nn/training/optimizer.hpp"
#include "tests/catch.hpp"
#include "tests/nn/training/recorded_options.hpp"
#include "tests/support/recorded.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("each optimiser takes the steps that PyTorch takes", "[training][optimizer][parity]") {
  const auto record = test::recorded("parity/optimizers.json");
  REQUIRE(record.at("cases").size() == 9);
  for (const auto& recorded : record.at("cases")) {
    INFO(recorded.at("name"));
    const OptimizerOptions options = test::recorded_options(recorded.at("options"));
    auto weights = recorded.at("start").get<std::vector<float>>();
    // Two blocks, as a network has many.
    Optimizer optimizer{
        options, {{"a", 0, 2, true}, {"b", 2, weights.size() - 2, true}}, weights.size()};
    std::size_t number = 0;
    for (const auto& step : recorded.at("steps")) {
      const auto gradient = step.at("gradient").get<std::vector<float>>();
      const auto expected = step.at("weights").get<std::vector<float>>();
      optimizer.step(options.rate, weights, gradient);
      for (std::size_t i = 0; i < weights.size(); ++i) {
        INFO("weight " << i << " after step " << ++number);
        REQUIRE(weights[i] == Approx(expected[i]).epsilon(2e-6).margin(2e-7));
      }
    }
  }
}
