#include "nn/architecture.hpp"

#include <stdexcept>

#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {
Architecture diamond() {
  return {.input = {4, 8, 8},
          .nodes = {{"a", Conv{.out = 4}, {"input"}},
                    {"b", Conv{.out = 4}, {"a"}},
                    {"c", Add{}, {"a", "b", "a"}},
                    {"d", Activate{}, {"c"}}}};
}
}  // namespace

TEST_CASE("nodes are found by id", "[architecture]") {
  Architecture net = diamond();
  CHECK(net.node("b").id == "b");
  CHECK(net.index("c") == 2);
  CHECK(net.index("z") == 4);
  CHECK(net.contains("d"));
  CHECK_FALSE(net.contains("input"));
  CHECK(net.output() == "d");
  CHECK_THROWS_AS(net.node("z"), std::invalid_argument);
  CHECK_THROWS_WITH(net.node("z"), Catch::Contains("z"));
  net.node("a").op = Conv{.out = 5};
  CHECK(std::get<Conv>(net.nodes[0].op).out == 5);
}

TEST_CASE("consumers are listed once each and in order", "[architecture]") {
  const Architecture net = diamond();
  CHECK(net.consumers("a") == std::vector<std::string>{"b", "c"});
  CHECK(net.consumers("input") == std::vector<std::string>{"a"});
  CHECK(net.consumers("d").empty());
}

TEST_CASE("fresh ids count from 2 and never take the input's", "[architecture]") {
  Architecture net = diamond();
  CHECK(net.fresh_id("x") == "x");
  CHECK(net.fresh_id("a") == "a2");
  net.nodes[1].id = "a2";
  CHECK(net.fresh_id("a") == "a3");
  CHECK(net.fresh_id("input") == "input2");
}

TEST_CASE("operations have the names that files use", "[architecture]") {
  const std::vector<std::pair<Operation, std::string>> rows{
      {Conv{}, "conv"},           {Dense{}, "dense"},     {MaxPool{}, "max_pool"},
      {AvgPool{}, "avg_pool"},    {Add{}, "add"},         {GlobalAvgPool{}, "global_avg_pool"},
      {Concat{}, "concat"},       {Scale{}, "scale"},     {BatchNorm{}, "batch_norm"},
      {Activate{}, "activation"}, {Dropout{}, "dropout"}, {Flatten{}, "flatten"},
      {Softmax{}, "softmax"}};
  CHECK(rows.size() == std::variant_size_v<Operation>);
  for (const auto& [operation, text] : rows) CHECK(name(operation) == text);
}
