// The generator that property tests stand on makes what it promises.
#include "tests/support/random_architecture.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("random architectures validate, repeat and hold every operation",
          "[random_architecture]") {
  std::set<std::string_view> operations;
  std::set<std::size_t> sizes;
  bool grouped = false, depthwise = false, dilated = false, strided = false, uneven = false;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random a{seed}, b{seed};
    const Architecture net = test::random_architecture(a, {.softmax = true});
    REQUIRE(net == test::random_architecture(b, {.softmax = true}));
    REQUIRE_FALSE(find_fault(net));
    CHECK(net.nodes.size() >= 2);
    CHECK(net.nodes.size() <= 25);
    sizes.insert(net.nodes.size());
    const auto shapes = shapes_by_id(net);
    for (const Node& node : net.nodes) {
      operations.insert(name(node.op));
      if (const auto* conv = std::get_if<Conv>(&node.op)) {
        const int in = shapes.at(node.inputs[0]).channels;
        depthwise |= conv->groups == in && in > 1;
        grouped |= conv->groups > 1 && conv->groups < in;
        dilated |= conv->dilation != Extent{};
        strided |= conv->stride != Extent{};
        uneven |= conv->pad && conv->pad->top != conv->pad->bottom;
      }
    }
  }
  CHECK(operations.size() == std::variant_size_v<Operation>);
  CHECK(sizes.size() > 10);
  CHECK((grouped && depthwise && dilated && strided && uneven));
}

TEST_CASE("random architectures keep to their options", "[random_architecture]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random{seed};
    const Architecture net = test::random_architecture(
        random,
        {.smooth = true, .dropout = false, .norm = false, .topology = false, .identities = false});
    for (const Node& node : net.nodes) {
      CHECK(node.inputs.size() == 1);
      CHECK_FALSE(std::holds_alternative<Dropout>(node.op));
      CHECK_FALSE(std::holds_alternative<BatchNorm>(node.op));
      CHECK_FALSE(std::holds_alternative<MaxPool>(node.op));
      if (const auto* conv = std::get_if<Conv>(&node.op)) CHECK(conv->norm == Norm::none);
      if (const auto* act = std::get_if<Activate>(&node.op))
        CHECK(act->act != Activation::identity);
    }
  }
}
