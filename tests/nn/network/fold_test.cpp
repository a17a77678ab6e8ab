#include "nn/network/detail/fold.hpp"

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/interpreter.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("a folded model is valid, has no inner norms and computes the same", "[network][fold]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    const Model model = random_model(each.architecture, 1);
    const Model folded = nn::detail::folded(model, 1e-3);
    CHECK_FALSE(find_fault(folded));
    for (const Node& node : folded.architecture.nodes) {
      if (const auto* conv = std::get_if<Conv>(&node.op)) CHECK(conv->norm == Norm::none);
      if (const auto* dense = std::get_if<Dense>(&node.op)) CHECK(dense->norm == Norm::none);
    }
    std::vector<float> images(
        static_cast<std::size_t>(each.batch * each.architecture.input.elements()));
    fill_normal(images, 2);
    const Grid input = to_grid(images, each.batch, each.architecture.input);
    Interpreter before{model};
    before.epsilon = 1e-3;
    Interpreter after{folded};
    after.epsilon = 1e-3;
    const Grid expected = before.run(input);
    const Grid found = after.run(input);
    for (std::size_t i = 0; i < expected.data.size(); ++i)
      REQUIRE(found.data[i] == Approx(expected.data[i]).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("inference runs no normalisation that could be folded", "[network][fold]") {
  for (const Case& each : all_cases()) {
    INFO(each.name);
    const bool norm_node = std::ranges::any_of(each.architecture.nodes, [](const Node& node) {
      return std::holds_alternative<BatchNorm>(node.op);
    });
    Network network{random_model(each.architecture, 1),
                    {.batch = 2, .pass = kernels::Pass::inference}};
    CHECK(network.statistics().empty() == !norm_node);
  }
}
