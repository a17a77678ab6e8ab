// What a network is compiled to: which steps, how few passes, how little memory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "kernels/cpu.hpp"
#include "nn/blocks.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/winograd.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("the plan lists every step, with few reorders", "[network]") {
  const Network network{random_model(resnet20(), 1), {.batch = 4}};
  std::map<std::string, int> reorders;  // by node
  std::size_t of_activations = 0;
  for (const Network::PlanRow& row : network.plan()) {
    CHECK((row.pass == "forward" || row.pass == "backward"));
    CHECK(network.architecture().contains(row.node));
    CHECK_FALSE(row.step.empty());
    if (row.step.find("reorder") == std::string::npos) continue;
    ++reorders[row.node];
    UNSCOPED_INFO(row.pass << " " << row.node << " " << row.step << " -> " << row.layout);
    // Up to the head activations keep their layout; weights may be turned for backward.
    const bool body = row.node != "pooled" && row.node != "logits";
    if (body && row.layout.find(" 4x") != std::string::npos) ++of_activations;
  }
  if (!has_winograd()) return;  // without AVX2 the kernels want their images in several orders
  CHECK(of_activations == 0);
  for (const auto& [node, count] : reorders) {
    INFO(node);
    CHECK(count == 1);
  }
}

TEST_CASE("images of a whole network lie in the same blocks, narrow where channels are few",
          "[network]") {
  const auto orders = [](const char* name) {
    const Network network{make_model(built_in(name, {3, 32, 32}, 10), {}, 1), {.batch = 4}};
    std::set<std::string> found;
    for (const Network::PlanRow& row : network.plan())
      if (const auto at = row.layout.find("aBcd"); at != std::string::npos)
        found.insert(row.layout.substr(at));
    return found;
  };
  // Eight channels in its first stage: blocks of 16 would be half padding.
  CHECK(orders("small-residual") == std::set<std::string>{"aBcd8b"});
  CHECK(orders("vgg") == std::set<std::string>{fmt::format("aBcd{}b", kernels::preferred_block())});
}

TEST_CASE("activations cost no pass of their own but where a bias alone stands before them",
          "[network]") {
  const auto steps = [](const char* name, const Shape& input, const std::string& pass,
                        const std::string& word) {
    const Network network{make_model(built_in(name, input, 10), {}, 1), {.batch = 4}};
    const auto plan = network.plan();
    return std::count_if(plan.begin(), plan.end(), [&](const Network::PlanRow& row) {
      return row.pass == pass && row.step.starts_with(word);
    });
  };
  for (const char* name : {"resnet20", "vgg", "mobile"}) {
    INFO(name);
    const Shape colour{3, 32, 32};
    CHECK(steps(name, colour, "backward", "sum relu backward") == 0);
    // Every ReLU is part of a normalisation, of a sum with it or of a convolution.
    CHECK(steps(name, colour, "forward", "relu f32") == 0);
    CHECK(steps(name, colour, "forward", "sum of") == 0);
  }
  CHECK(steps("lenet", {1, 28, 28}, "forward", "relu f32") == 0);
  CHECK(steps("lenet", {1, 28, 28}, "forward", "sum of") == 0);
}

TEST_CASE("an activation after a bias is part of the convolution or dense layer", "[network]") {
  const Shape colour{3, 8, 8};
  for (const Activation act : kernels::all_activations()) {
    if (act == Activation::identity) continue;
    const Architecture architecture =
        chain(colour, {{"conv", Conv{.out = 8, .bias = true, .act = act}, {}},
                       {"hidden", Dense{.out = 6, .act = act}, {}},
                       {"logits", Dense{.out = 5}, {}}});
    const Network network{random_model(architecture, 2), {.batch = 4}};
    const auto plan = network.plan();
    const auto passes = [&](const std::string& pass) {
      return std::ranges::count_if(plan, [&](const Network::PlanRow& row) {
        return row.pass == pass && row.step.starts_with(std::string{kernels::name(act)} + " ");
      });
    };
    INFO(kernels::name(act));
    // gelu, silu and hard_swish need in the backward pass what they were applied to.
    CHECK(passes("forward") == (kernels::derivative_from_dst(act) ? 0 : 2));
  }
}

TEST_CASE("gradients of a skip are added where Winograd's method writes the others", "[network]") {
  const auto sums = [](bool winograd) {
    const Network network{make_model(built_in("resnet20", {3, 32, 32}, 10), {}, 1),
                          {.batch = 16, .winograd = winograd}};
    const auto plan = network.plan();
    return std::count_if(plan.begin(), plan.end(), [](const Network::PlanRow& row) {
      return row.pass == "backward" && row.step.starts_with("sum of");
    });
  };
  // Nine variables have two readers, of which strided convolutions read two.
  CHECK(sums(false) == 9);
  if (has_winograd()) CHECK(sums(true) == 2);
}

TEST_CASE("work that nobody reads is in no plan", "[network]") {
  const auto rows = [](const std::vector<std::string>& frozen) {
    return Network{make_model(resnet20(8), {}, 3), {.batch = 4, .frozen = frozen}}.plan();
  };
  const auto count = [](const std::vector<Network::PlanRow>& plan, const std::string& node,
                        const std::string& what) {
    return std::count_if(plan.begin(), plan.end(), [&](const Network::PlanRow& row) {
      return row.node == node && row.step.find(what) != std::string::npos;
    });
  };
  const auto all = rows({});
  CHECK(count(all, "stem", "backward weights") == 1);
  CHECK(count(all, "stem", "backward data") == 0);  // of images, which nobody learns
  CHECK(count(all, "a01", "backward weights") == 1);
  CHECK(count(all, "a01", "backward data") == 1);
  // In the middle: the gradient goes through, and stops for nobody's weights.
  const auto some = rows({"a01"});
  CHECK(count(some, "a01", "backward weights") == 0);
  CHECK(count(some, "a01", "backward data") == 1);
  CHECK(count(some, "stem", "backward weights") == 1);
}

TEST_CASE("a sum is part of the normalisation before it", "[network]") {
  for (const Activation act : {Activation::identity, Activation::relu, Activation::tanh}) {
    const Architecture architecture =
        chain({3, 8, 8}, {{"stem", Conv{.out = 8, .act = Activation::relu}, {}},
                          {"a", Conv{.out = 8, .norm = Norm::batch}, {}},
                          {"sum", Add{act}, {"a", "stem"}},
                          {"logits", Dense{.out = 5}, {}}});
    INFO(name(act));
    const Network network{random_model(architecture, 2), {.batch = 4}};
    const auto plan = network.plan();
    const auto steps_that_begin = [&](std::string_view words) {
      return std::ranges::count_if(plan, [&](const Network::PlanRow& row) {
        return row.node == "sum" && row.step.starts_with(words);
      });
    };
    CHECK(steps_that_begin("batch norm add") == (act == Activation::relu ? 2 : 1));
    CHECK(steps_that_begin("sum ") == 0);
  }
}

TEST_CASE("the arena of a network is hardly larger than what it holds at once",
          "[network][memory]") {
  for (const char* name : {"lenet", "vgg", "resnet20", "mobile"})
    for (const auto precision : {kernels::DataType::f32, kernels::DataType::bf16}) {
      const Shape image{name == std::string{"lenet"} ? Shape{1, 28, 28} : Shape{3, 32, 32}};
      const Network network{make_model(built_in(name, image, 10), {}, 1),
                            {.batch = 4, .precision = precision}};
      INFO(name << " in " << kernels::name(precision) << ": " << network.arena_bytes() << " of "
                << network.live_bytes());
      CHECK(network.live_bytes() > 0);
      CHECK(network.arena_bytes() >= network.live_bytes());
      CHECK(static_cast<double>(network.arena_bytes()) <
            1.1 * static_cast<double>(network.live_bytes()));
    }
}
