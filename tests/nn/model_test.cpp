#include "nn/model.hpp"

#include <stdexcept>

#include "tests/catch.hpp"

using namespace lamarck::nn;
using Catch::Contains;

namespace {

using Sizes = std::vector<int>;

Architecture net() {
  return {.input = {4, 6, 5},
          .nodes = {
              {"c", Conv{.out = 8, .kernel = {3, 1}, .groups = 2, .norm = Norm::batch}, {"input"}},
              {"n", BatchNorm{}, {"c"}},
              {"g", Scale{.init = 0.25F}, {"n"}},
              {"d", Dense{.out = 3}, {"g"}},
              {"e", Dense{.out = 2, .bias = false}, {"d"}}}};
}

}  // namespace

TEST_CASE("a tensor is filled and checks its sizes", "[model]") {
  const Tensor tensor{{2, 3}, 0.5F};
  CHECK(tensor.elements() == 6);
  CHECK(tensor.data == std::vector<float>(6, 0.5F));
  CHECK_THROWS_AS(Tensor({2, 0}), std::invalid_argument);
}

TEST_CASE("parameter specs list every tensor in order", "[model]") {
  const auto specs = parameter_specs(net());
  struct Row {
    std::string name;
    Sizes shape;
    bool learnt, decayed;
  };
  const std::vector<Row> rows{
      {"c.weight", {8, 2, 3, 1}, true, true}, {"c.norm.scale", {8}, true, false},
      {"c.norm.shift", {8}, true, false},     {"c.norm.mean", {8}, false, false},
      {"c.norm.variance", {8}, false, false}, {"n.norm.scale", {8}, true, false},
      {"n.norm.shift", {8}, true, false},     {"n.norm.mean", {8}, false, false},
      {"n.norm.variance", {8}, false, false}, {"g.gate", {8}, true, false},
      {"d.weight", {3, 8, 6, 5}, true, true}, {"d.bias", {3}, true, false},
      {"e.weight", {2, 3, 1, 1}, true, true}};
  REQUIRE(specs.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i].name);
    CHECK(specs[i].name == rows[i].name);
    CHECK(specs[i].shape == rows[i].shape);
    CHECK(specs[i].learnt == rows[i].learnt);
    CHECK(specs[i].decayed == rows[i].decayed);
  }
}

TEST_CASE("a dense layer behind flatten reads the flattened order", "[model]") {
  const Architecture flat{.input = {4, 6, 5},
                          .nodes = {{"f", Flatten{}, {"input"}}, {"d", Dense{.out = 3}, {"f"}}}};
  CHECK(parameter_specs(flat).at(0).shape == Sizes{3, 120, 1, 1});
}

TEST_CASE("a scale with two inputs learns nothing", "[model]") {
  const Architecture gated{
      .input = {4, 6, 5},
      .nodes = {{"g", GlobalAvgPool{}, {"input"}}, {"s", Scale{}, {"input", "g"}}}};
  CHECK(parameter_specs(gated).empty());
}

TEST_CASE("faults of a model's weights", "[model]") {
  const Model good = make_model(net(), {}, 1);
  CHECK_FALSE(find_fault(good));
  CHECK_NOTHROW(validate(good));
  Model bad = good;
  SECTION("missing") {
    bad.weights.erase("d.bias");
    CHECK(find_fault(bad) == "weights: d.bias {3} is missing");
  }
  SECTION("too many") {
    bad.weights["x.weight"] = Tensor{{2, 2}};
    CHECK(find_fault(bad) == "weights: x.weight {2, 2} belongs to no node");
  }
  SECTION("another shape") {
    bad.weights["d.weight"] = Tensor{{3, 240, 1, 1}};
    CHECK(find_fault(bad) == "weights: d.weight must be {3, 8, 6, 5}, is {3, 240, 1, 1}");
  }
  SECTION("numbers that do not fill the shape") {
    bad.weights["d.bias"].data.pop_back();
    CHECK(find_fault(bad) == "weights: d.bias {3} must hold 3 numbers, holds 2");
  }
  SECTION("a faulty architecture") {
    bad.architecture.nodes.clear();
    CHECK(find_fault(bad) == "nodes: there are none");
  }
  CHECK_THROWS_AS(validate(bad), std::invalid_argument);
}
