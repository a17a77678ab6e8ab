#include "nn/blocks.hpp"

#include <algorithm>
#include <stdexcept>

#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using Catch::Contains;

namespace {

const std::string kFrom{kInput};

std::vector<std::string> ids(const Architecture& net) {
  std::vector<std::string> found;
  for (const Node& node : net.nodes) found.push_back(node.id);
  return found;
}
using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a residual block has a projection where the shape changes", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK(add_residual(net, kFrom, "a", 16) == "a");
  CHECK(ids(net) == Ids{"a1", "a2", "a"});
  CHECK(net.node("a").inputs == Ids{"input", "a2"});
  CHECK(add_residual(net, "a", "b", 16, 2, Activation::silu) == "b");
  CHECK(add_residual(net, "b", "c", 24) == "c");
  CHECK(ids(net) == Ids{"a1", "a2", "a", "b1", "b2", "b_skip", "b", "c1", "c2", "c_skip", "c"});
  CHECK(std::get<Conv>(net.node("b_skip").op) ==
        Conv{.out = 16, .kernel = {1, 1}, .stride = {2, 2}, .norm = Norm::batch});
  CHECK(std::get<Add>(net.node("b").op).act == Activation::silu);
  CHECK(infer_shapes(net).back() == Shape{24, 4, 4});
}

TEST_CASE("names that are taken get a number", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK(add_residual(net, kFrom, "a", 16) == "a");
  CHECK(add_residual(net, "a", "a", 16) == "a3");
  CHECK_FALSE(find_fault(net));
}

TEST_CASE("a bottleneck narrows, convolves and widens", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK(add_bottleneck(net, kFrom, "a", 32, 8, 2) == "a");
  CHECK(ids(net) == Ids{"a1", "a2", "a3", "a_skip", "a"});
  CHECK(shapes_by_id(net).at("a1") == Shape{8, 8, 8});
  CHECK(shapes_by_id(net).at("a2") == Shape{8, 4, 4});
  CHECK(infer_shapes(net).back() == Shape{32, 4, 4});
}

TEST_CASE("an inverted residual expands, filters each channel and projects", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK(add_inverted_residual(net, kFrom, "a", 16, 4) == "a");
  CHECK(ids(net) == Ids{"a_expand", "a_depthwise", "a_project", "a"});
  CHECK(std::get<Conv>(net.node("a_depthwise").op).groups == 64);
  CHECK(std::get<Conv>(net.node("a_project").op).act == Activation::identity);
  CHECK(add_inverted_residual(net, "a", "b", 24, 1, 5, 2) == "b_project");
  CHECK(ids(net).at(4) == "b_depthwise");
  CHECK(infer_shapes(net).back() == Shape{24, 4, 4});
  CHECK_THROWS_AS(add_inverted_residual(net, "b_project", "c", 24, 0), std::invalid_argument);
}

TEST_CASE("separable convolution and squeeze-excite", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK(add_separable(net, kFrom, "a", 24, 5, 2) == "a_pointwise");
  CHECK(std::get<Conv>(net.node("a_depthwise").op).groups == 16);
  CHECK(add_squeeze_excite(net, "a_pointwise", "se") == "se");
  CHECK(std::get<Dense>(net.node("se_reduce").op).out == 6);
  CHECK(net.node("se").inputs == Ids{"a_pointwise", "se_excite"});
  CHECK(infer_shapes(net).back() == Shape{24, 4, 4});
  CHECK_THROWS_AS(add_squeeze_excite(net, "se", "x", 0), std::invalid_argument);

  Architecture narrow{.input = {2, 8, 8}, .nodes = {}};
  add_squeeze_excite(narrow, kFrom, "se", 4);
  CHECK(std::get<Dense>(narrow.node("se_reduce").op).out == 1);
}

TEST_CASE("blocks refuse what they cannot read", "[blocks]") {
  Architecture net{.input = {16, 8, 8}, .nodes = {}};
  CHECK_THROWS_AS(add_residual(net, "nobody", "a", 16), std::invalid_argument);
}

TEST_CASE("built-in networks take every image and give the outputs asked for", "[blocks]") {
  for (const std::string& name : built_in_names())
    for (const Shape input : {Shape{1, 8, 8}, Shape{3, 8, 9}, Shape{1, 28, 28}, Shape{3, 32, 32}})
      for (const int outputs : {1, 2, 10}) {
        CAPTURE(name, input.channels, input.height, input.width);
        const Architecture net = built_in(name, input, outputs);
        CHECK_FALSE(find_fault(net));
        CHECK(net.input == input);
        CHECK(infer_shapes(net).back() == Shape{outputs, 1, 1});
      }
  CHECK(infer_shapes(built_in("mlp", {20, 1, 1}, 3)).back() == Shape{3, 1, 1});
}

TEST_CASE("built-in networks say what they want", "[blocks]") {
  CHECK_THROWS_AS(built_in("small-plane", {1, 28, 28}, 10), ConfigError);
  CHECK_THROWS_WITH(built_in("small-plane", {1, 28, 28}, 10),
                    Contains("did you mean small-plain?") && Contains("resnet20"));
  CHECK_THROWS_AS(built_in("vgg", {1, 7, 28}, 10), ConfigError);
  CHECK_THROWS_WITH(built_in("lenet", {20, 1, 1}, 10), Contains("mlp takes vectors"));
  CHECK_THROWS_AS(built_in("mlp", {20, 1, 1}, 0), std::invalid_argument);
  CHECK_THROWS_AS(built_in("mlp", {0, 1, 1}, 10), std::invalid_argument);
}

TEST_CASE("the small networks normalise and rectify every convolution", "[blocks]") {
  for (const char* name : {"small-plain", "tiny-plain", "small-separable"})
    for (const Node& node : built_in(name, {1, 28, 28}, 10).nodes)
      if (const auto* conv = std::get_if<Conv>(&node.op)) {
        CHECK(conv->norm == Norm::batch);
        CHECK(conv->act == Activation::relu);
      }
}
