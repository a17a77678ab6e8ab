#include <chrono>
#include <climits>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "nn/architecture.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn;
using Catch::Contains;

namespace {

/// One node over an input.
Architecture single(Shape input, Operation op) {
  return {.input = input, .nodes = {{.id = "a", .op = std::move(op), .inputs = {"input"}}}};
}
Shape shape_after(Shape input, Operation op) {
  return infer_shapes(single(input, std::move(op))).at(0);
}
std::string fault(const Architecture& architecture) {
  return find_fault(architecture).value_or("none");
}
std::string fault(Shape input, Operation op) { return fault(single(input, std::move(op))); }

/// The example of the documentation: stem, two convolutions, an addition, a head.
Architecture residual() {
  const Conv conv{.out = 16, .norm = Norm::batch, .act = Activation::relu};
  return {.input = {.channels = 1, .height = 28, .width = 28},
          .nodes = {{"stem", conv, {"input"}},
                    {"a1", conv, {"stem"}},
                    {"a2", conv, {"a1"}},
                    {"a", Add{.act = Activation::relu}, {"stem", "a2"}},
                    {"pooled", GlobalAvgPool{}, {"a"}},
                    {"logits", Dense{.out = 10}, {"pooled"}}}};
}

}  // namespace

TEST_CASE("shapes of a residual network", "[shapes]") {
  const auto shapes = infer_shapes(residual());
  const Shape image{16, 28, 28};
  CHECK(shapes == std::vector<Shape>{image, image, image, image, {16, 1, 1}, {10, 1, 1}});
  const auto by_id = shapes_by_id(residual());
  CHECK(by_id.at("input") == Shape{1, 28, 28});
  CHECK(by_id.at("pooled") == Shape{16, 1, 1});
  CHECK(by_id.size() == 7);
}

TEST_CASE("shapes of convolutions", "[shapes]") {
  const Shape in{4, 9, 7};
  CHECK(shape_after(in, Conv{.out = 6}) == Shape{6, 9, 7});
  CHECK(shape_after(in, Conv{.out = 6, .stride = {2, 2}}) == Shape{6, 5, 4});
  CHECK(shape_after(in, Conv{.out = 6, .pad = Padding{}}) == Shape{6, 7, 5});
  CHECK(shape_after(in, Conv{.out = 6, .kernel = {1, 5}, .pad = Padding{}}) == Shape{6, 9, 3});
  CHECK(shape_after(in, Conv{.out = 6, .kernel = {2, 4}}) == Shape{6, 9, 7});
  CHECK(shape_after(in, Conv{.out = 6, .dilation = {2, 3}}) == Shape{6, 9, 7});
  CHECK(shape_after(in, Conv{.out = 6, .pad = Padding{1, 0, 2, 0}, .dilation = {2, 1}}) ==
        Shape{6, 8, 5});
  CHECK(shape_after(in, Conv{.out = 8, .groups = 4}) == Shape{8, 9, 7});
  CHECK(shape_after({1, 2, 2}, Conv{.out = 3, .kernel = {5, 5}}) == Shape{3, 2, 2});
  CHECK(shape_after(in, Conv{.out = 1, .stride = {1000000000, INT_MAX}}) == Shape{1, 1, 1});
}

TEST_CASE("same padding puts the odd row below and the odd column right", "[shapes]") {
  CHECK(padding(Conv{}) == Padding{1, 1, 1, 1});
  CHECK(padding(Conv{.kernel = {2, 4}}) == Padding{0, 1, 1, 2});
  CHECK(padding(Conv{.kernel = {3, 2}, .dilation = {2, 3}}) == Padding{2, 1, 2, 2});
  CHECK(padding(Conv{.pad = Padding{1, 2, 3, 4}}) == Padding{1, 2, 3, 4});
}

TEST_CASE("a bias is there unless a normalisation follows or the option says", "[shapes]") {
  CHECK(has_bias(Conv{}));
  CHECK_FALSE(has_bias(Conv{.norm = Norm::batch}));
  CHECK(has_bias(Conv{.bias = true, .norm = Norm::batch}));
  CHECK_FALSE(has_bias(Dense{.bias = false}));
  CHECK(has_bias(Dense{}));
}

TEST_CASE("shapes of the other operations", "[shapes]") {
  const Shape in{4, 9, 7};
  CHECK(shape_after(in, Dense{.out = 5}) == Shape{5, 1, 1});
  CHECK(shape_after(in, MaxPool{}) == Shape{4, 4, 3});
  CHECK(shape_after(in, MaxPool{.kernel = {3, 3}, .stride = Extent{1, 2}, .pad = {1, 1, 1, 1}}) ==
        Shape{4, 9, 4});
  CHECK(shape_after(in, AvgPool{.kernel = {9, 7}}) == Shape{4, 1, 1});
  CHECK(shape_after(in, GlobalAvgPool{}) == Shape{4, 1, 1});
  CHECK(shape_after(in, Activate{}) == in);
  CHECK(shape_after(in, BatchNorm{}) == in);
  CHECK(shape_after(in, Dropout{}) == in);
  CHECK(shape_after(in, Scale{}) == in);
  CHECK(shape_after(in, Flatten{}) == Shape{252, 1, 1});
  CHECK(shape_after({10, 1, 1}, Softmax{}) == Shape{10, 1, 1});
  CHECK(infer_shapes({.input = in, .nodes = {{"a", Concat{}, {"input", "input"}}}}).at(0) ==
        Shape{8, 9, 7});
  CHECK(infer_shapes({.input = in,
                      .nodes = {{"g", GlobalAvgPool{}, {"input"}}, {"a", Scale{}, {"input", "g"}}}})
            .at(1) == in);
}

TEST_CASE("each fault names its node and says what was found", "[shapes][faults]") {
  const Shape in{4, 9, 7};
  CHECK(fault({0, 9, 7}, Conv{}) == "input: sizes must be at least 1, got {0, 9, 7}");
  CHECK(fault({4, -9, 7}, Conv{}) == "input: sizes must be at least 1, got {4, -9, 7}");
  CHECK_THAT(fault({65536, 65536, 1}, Conv{}), Contains("input: more than 2147483647 elements"));
  CHECK(fault({.input = in, .nodes = {}}) == "nodes: there are none");
  CHECK(fault(in, Conv{.out = 0}) == "node a: conv: out must be at least 1, got 0");
  CHECK(fault(in, Conv{.out = -3}) == "node a: conv: out must be at least 1, got -3");
  CHECK(fault(in, Dense{.out = 0}) == "node a: dense: out must be at least 1, got 0");
  CHECK_THAT(fault(in, Conv{.out = 1, .kernel = {3, 0}}), Contains("kernel must be at least 1x1"));
  CHECK_THAT(fault(in, Conv{.out = 1, .stride = {0, 1}}), Contains("stride must be at least 1x1"));
  CHECK_THAT(fault(in, Conv{.out = 1, .dilation = {0, 1}}), Contains("dilation must be at least"));
  CHECK_THAT(fault(in, Conv{.out = 1, .pad = Padding{0, -1, 0, 0}}),
             Contains("pad must be at least 0, got [0, -1, 0, 0]"));
  CHECK(fault(in, Conv{.out = 6, .groups = 4}) ==
        "node a: conv: 4 groups do not divide 4 input and 6 output channels");
  CHECK_THAT(fault(in, Conv{.out = 6, .groups = 3}), Contains("3 groups do not divide 4 input"));
  CHECK_THAT(fault(in, Conv{.out = 6, .groups = 0}), Contains("groups must be at least 1"));
  CHECK(fault(in, Conv{.out = 1, .kernel = {3, 8}, .pad = Padding{}}) ==
        "node a: conv: the kernel spans 8 of width, the padded input has 7");
  CHECK_THAT(fault(in, Conv{.out = 1, .act = static_cast<Activation>(99)}),
             Contains("no activation has the number 99"));
  CHECK_THAT(fault(in, Conv{.out = 1, .norm = static_cast<Norm>(7)}),
             Contains("no normalisation has the number 7"));
  CHECK_THAT(fault(in, MaxPool{.kernel = {10, 2}}), Contains("the kernel spans 10 of height"));
  CHECK_THAT(fault(in, AvgPool{.pad = {2, 0, 0, 0}}), Contains("pad must be below the kernel 2x2"));
  CHECK_THAT(fault(in, Softmax{}), Contains("wants a vector {c, 1, 1}, input is {4, 9, 7}"));
  CHECK_THAT(fault(in, Dropout{.rate = 1}), Contains("rate must be in [0, 1), got 1"));
  CHECK_THAT(fault(in, Dropout{.rate = NAN}), Contains("rate must be in [0, 1)"));
  CHECK_THAT(fault(in, Scale{.init = INFINITY}), Contains("init must be finite"));
}

TEST_CASE("faults of the graph", "[shapes][faults]") {
  Architecture net = residual();
  CHECK_FALSE(find_fault(net));
  SECTION("inputs that differ") {
    std::get<Conv>(net.node("a2").op).out = 32;
    CHECK(fault(net) == "node a: add: inputs differ: stem {16, 28, 28}, a2 {32, 28, 28}");
    CHECK_THROWS_AS(validate(net), std::invalid_argument);
    CHECK_THROWS_WITH(infer_shapes(net), Contains("inputs differ"));
  }
  SECTION("an input that is missing") {
    net.node("a2").inputs = {"a9"};
    CHECK(fault(net) == "node a2: conv: input a9: there is no such node");
  }
  SECTION("a cycle") {
    net.node("a1").inputs = {"a2"};
    CHECK_THAT(fault(net), Contains("node a1: conv: input a2: comes later"));
  }
  SECTION("a node that reads itself") {
    net.node("a").inputs = {"a", "a2"};
    CHECK_THAT(fault(net), Contains("node a: add: input a: a node cannot read itself"));
  }
  SECTION("two nodes of one id") {
    net.node("a2").id = "a1";
    CHECK(fault(net) == "node a1: another node has this id");
  }
  SECTION("the id of the network's input") {
    net.node("a2").id = "input";
    CHECK_THAT(fault(net), Contains("belongs to the network's input"));
  }
  SECTION("ids of other characters, however long") {
    for (const std::string& id : {std::string{}, std::string{"a b"}, std::string{"\x01\xff\n"},
                                  std::string{"a:b"}, std::string(1000000, '/')}) {
      net.node("a2").id = id;
      CHECK_THAT(fault(net), Contains("must be letters, digits"));
      CHECK(fault(net).size() < 200);
      net = residual();
    }
  }
  SECTION("an output nobody reads") {
    net.node("a").inputs = {"stem", "stem"};
    CHECK(fault(net) ==
          "node a2: nobody reads its output, and only the last node (logits) is the network's "
          "output");
  }
  SECTION("numbers of inputs") {
    net.node("a").inputs = {"a2"};
    CHECK(fault(net) == "node a: add: wants two or more inputs, has 1");
    net.node("a").inputs = {};
    CHECK(fault(net) == "node a: add: wants two or more inputs, has 0");
    net = residual();
    net.node("a2").inputs = {"a1", "stem"};
    CHECK(fault(net) == "node a2: conv: wants one input, has 2");
    net.node("a2") = {"a2", Scale{}, {"a1", "stem"}};
    CHECK(fault(net) == "node a2: scale: the gate stem must be {16, 1, 1}, is {16, 28, 28}");
  }
  SECTION("genes out of range") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const TrainingGenes& genes :
         {TrainingGenes{.optimizer = "sdg"}, TrainingGenes{.rate = 0.0},
          TrainingGenes{.rate = 101.0}, TrainingGenes{.rate = nan},
          TrainingGenes{.weight_decay = -1.0}, TrainingGenes{.weight_decay = nan},
          TrainingGenes{.label_smoothing = 0.6}}) {
      net.genes = genes;
      CHECK_THAT(fault(net), Contains("train."));
    }
    net.genes = {.optimizer = "adamw", .rate = 100.0, .weight_decay = 0.0, .label_smoothing = 0.5};
    CHECK_FALSE(find_fault(net));
  }
}

TEST_CASE("sizes that overflow are faults", "[shapes][faults]") {
  const Shape in{4, 9, 7};
  constexpr int kBillion = 1000000000;
  CHECK_THAT(fault(in, Conv{.out = kBillion}), Contains("node a: conv: more than"));
  CHECK_THAT(fault(in, Dense{.out = kBillion}), Contains("more than 2147483647 weights"));
  CHECK_THAT(fault({1, 28, 28}, Conv{.out = kBillion, .kernel = {1, 1}}),
             Contains("more than 2147483647 elements"));
  CHECK_THAT(fault({INT_MAX, 1, 1}, Dense{.out = INT_MAX}), Contains("weights"));
  CHECK(fault({INT_MAX, 1, 1}, Activate{}) == "none");
  CHECK(fault({INT_MAX, 1, 1}, Flatten{}) == "none");
  for (const int huge : {kBillion, INT_MAX, INT_MAX - 1})
    for (const int other : {1, 2, kBillion, INT_MAX}) {
      CHECK(fault(in, Conv{.out = 1, .kernel = {huge, huge}, .dilation = {other, huge}}) != "none");
      CHECK(fault(in, Conv{.out = 1, .kernel = {3, 3}, .dilation = {2, INT_MAX}}) != "none");
      CHECK(fault(in, Conv{.out = 1, .pad = Padding{huge, huge, other, huge}}) != "none");
      CHECK(fault(in, MaxPool{.kernel = {huge, huge}, .pad = {huge - 1, other, huge - 1, other}}) !=
            "none");
    }
  const int least = std::numeric_limits<int>::min();
  CHECK(fault({least, least, least}, Conv{}) != "none");
  CHECK(fault(in, Conv{.out = least}) != "none");
  CHECK(fault(in, Conv{.out = 1, .kernel = {least, least}}) != "none");
  CHECK(fault(in, Conv{.out = 1, .dilation = {least, least}}) != "none");
  CHECK(fault(in, MaxPool{.stride = Extent{least, least}}) != "none");
  CHECK(fault(in, MaxPool{.pad = {least, least, least, least}}) != "none");

  Architecture wide = single({INT_MAX / 2, 1, 1}, Activate{});
  wide.nodes.push_back({"b", Concat{}, {"a", "a", "a"}});
  CHECK_THAT(fault(wide), Contains("node b: concat: more than 2147483647 channels"));
}

TEST_CASE("thousands of nodes are judged at once", "[shapes]") {
  Architecture chain{.input = {3, 8, 8}, .nodes = {}};
  std::string last{kInput};
  for (int i = 0; i < 5000; ++i) {
    std::string id = "n" + std::to_string(i);
    chain.nodes.push_back({id, Conv{.out = 3}, {last}});
    last = std::move(id);
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(find_fault(chain));
  chain.nodes[4000].inputs = {"n4999"};
  CHECK_THAT(fault(chain), Contains("node n4000"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{1});
}
