#include "nn/formats/architecture_yaml.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using Catch::Contains;

namespace {

const std::filesystem::path kGolden = std::filesystem::path{LAMARCK_TEST_FILES} / "architectures";

std::string complaint(const std::string& text) {
  try {
    (void)architecture_from_yaml(text, "net.yaml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

/// Every operation, with every option away from its default somewhere.
Architecture everything() {
  return {
      .input = {3, 16, 12},
      .nodes =
          {{"stem", Conv{.out = 8, .norm = Norm::batch, .act = Activation::relu}, {"input"}},
           {"b",
            Conv{.out = 8,
                 .kernel = {3, 5},
                 .stride = {1, 1},
                 .pad = Padding{2, 4, 2, 4},
                 .dilation = {2, 2},
                 .groups = 4,
                 .bias = true,
                 .norm = Norm::batch,
                 .act = Activation::hard_swish},
            {"stem"}},
           {"c", Conv{.out = 8, .kernel = {1, 1}, .pad = Padding{}, .bias = false}, {"stem"}},
           {"d", Add{.act = Activation::relu6}, {"b", "c", "stem"}},
           {"e", Conv{.out = 4, .stride = {2, 1}, .pad = Padding{0, 1, 2, 1}}, {"d"}},
           {"f", MaxPool{}, {"e"}},
           {"g", AvgPool{.kernel = {3, 3}, .stride = Extent{2, 2}, .pad = {1, 1, 1, 1}}, {"e"}},
           {"h", MaxPool{.kernel = {3, 2}, .stride = Extent{2, 2}, .pad = {1, 0, 1, 0}}, {"e"}},
           {"i", Concat{}, {"f", "g", "h"}},
           {"j", GlobalAvgPool{}, {"i"}},
           {"k", Scale{}, {"i", "j"}},
           {"l", Scale{.init = 0.1F}, {"k"}},
           {"m", Activate{.act = Activation::gelu}, {"l"}},
           {"n", BatchNorm{.act = Activation::leaky_relu}, {"m"}},
           {"o", Dropout{.rate = 0.25F}, {"n"}},
           {"p", Flatten{}, {"o"}},
           {"q", Dense{.out = 7, .bias = true, .norm = Norm::batch, .act = Activation::elu}, {"p"}},
           {"r", Dense{.out = 5, .bias = false}, {"q"}},
           {"s", Softmax{}, {"r"}}},
      .genes = {.optimizer = "adamw", .rate = 0.5, .weight_decay = 1e-05, .label_smoothing = 0.1}};
}

}  // namespace

TEST_CASE("the text form is the one in the golden files", "[architecture_yaml]") {
  struct Row {
    const char* file;
    Architecture net;
  };
  for (const Row& row : {Row{"everything.yaml", everything()},
                         Row{"small-residual.yaml", built_in("small-residual", {1, 28, 28}, 10)},
                         Row{"resnet20.yaml", built_in("resnet20", {3, 32, 32}, 10)},
                         Row{"mlp.yaml", built_in("mlp", {20, 1, 1}, 3)}}) {
    CAPTURE(row.file);
    CHECK(to_yaml(row.net) == test::read_bytes(kGolden / row.file));
    CHECK(load_architecture(kGolden / row.file) == row.net);
  }
}

TEST_CASE("the example of the documentation is read", "[architecture_yaml]") {
  const Conv conv{.out = 16, .norm = Norm::batch, .act = Activation::relu};
  Conv linear = conv;
  linear.act = Activation::identity;
  const Architecture expected{.input = {1, 28, 28},
                              .nodes = {{"stem", conv, {"input"}},
                                        {"a1", conv, {"stem"}},
                                        {"a2", linear, {"a1"}},
                                        {"a", Add{.act = Activation::relu}, {"stem", "a2"}},
                                        {"pooled", GlobalAvgPool{}, {"a"}},
                                        {"logits", Dense{.out = 10}, {"pooled"}}}};
  const std::string text = R"(input: {channels: 1, height: 28, width: 28}
nodes:
  - {id: stem, conv: {out: 16, kernel: 3}, norm: batch, act: relu}
  - {id: a1, conv: {out: 16, kernel: 3}, norm: batch, act: relu}
  - {id: a2, conv: {out: 16, kernel: 3}, norm: batch}
  - {id: a, add: [stem, a2], act: relu}
  - {id: pooled, global_avg_pool: {}}
  - {id: logits, dense: {out: 10}}
)";
  CHECK(architecture_from_yaml(text) == expected);
  CHECK(to_yaml(expected) == text);
}

TEST_CASE("random architectures come back as they were", "[architecture_yaml]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random{seed};
    const Architecture net = test::random_architecture(random, {.softmax = true, .genes = true});
    const std::string text = to_yaml(net);
    CAPTURE(text);
    REQUIRE(architecture_from_yaml(text) == net);
    REQUIRE(to_yaml(architecture_from_yaml(text)) == text);
    REQUIRE(architecture_from_yaml(YamlNode::parse(text, "x").dump()) == net);
  }
}

TEST_CASE("every float comes back bit for bit", "[architecture_yaml]") {
  Random random{1};
  int tried = 0;
  while (tried < 1000) {
    const std::uint32_t bits = random.bits32();
    float init = 0;
    std::memcpy(&init, &bits, sizeof init);
    if (!std::isfinite(init)) continue;
    ++tried;
    const Architecture net{.input = {1, 4, 4},
                           .nodes = {{"a", Scale{.init = init}, {"input"}}},
                           .genes = {.rate = 100 * (1 - random.uniform())}};
    CAPTURE(init, to_yaml(net));
    REQUIRE(architecture_from_yaml(to_yaml(net)) == net);
  }
}

TEST_CASE("ids that look like something else are quoted", "[architecture_yaml]") {
  for (const char* id : {"1", "-", "-a", ".", "..", "1.5", "null", "Null", "true", "off", "1e3",
                         "---", "...", "_", "a.b-c", "N", "y", "0x1"}) {
    CAPTURE(id);
    const Architecture net{.input = {1, 4, 4},
                           .nodes = {{"x", Activate{}, {"input"}},
                                     {id, Activate{}, {"x"}},
                                     {"z", Add{}, {"x", id}},
                                     {"w", Scale{}, {"z"}}}};
    REQUIRE_FALSE(find_fault(net));
    CHECK(architecture_from_yaml(to_yaml(net)) == net);
  }
}

TEST_CASE("other ways to write the same", "[architecture_yaml]") {
  const auto node = [](const std::string& text) {
    return architecture_from_yaml(
               "input: {channels: 4, height: 9, width: 9}\nnodes:\n  - {id: a, " + text + "}\n")
        .nodes.at(0);
  };
  CHECK(node("conv: {out: 4}") == node("from: input, conv: {out: 4, kernel: [3, 3], pad: same}"));
  CHECK(node("conv: {out: 4, pad: 1}") == node("conv: {out: 4, pad: [1, 1]}"));
  CHECK(node("conv: {out: 4, pad: 1}") == node("conv: {out: 4, pad: [1, 1, 1, 1]}"));
  CHECK(node("conv: {out: 4, pad: 1}") != node("conv: {out: 4}"));
  CHECK(node("flatten: ") == node("flatten: {}"));
  CHECK(node("from: [input], max_pool:") == node("max_pool: {kernel: 2}"));
  CHECK(node("conv: {out: 0.004k}, norm: none, act: identity") == node("conv: {out: 4}"));
  CHECK(node("dropout: {rate: 25%}") == node("dropout: {rate: 0.25}"));
}

TEST_CASE("malformed architectures are refused at their place", "[architecture_yaml]") {
  const std::string input = "input: {channels: 4, height: 9, width: 9}\n";
  struct Row {
    std::string text, message;
  };
  const auto node = [&](const std::string& text) {
    return input + "nodes:\n  - {id: x, conv: {out: 4}}\n  - {" + text + "}\n";
  };
  const std::vector<Row> rows{
      {"", "net.yaml: empty"},
      {"5", "net.yaml:1:1: expected a map, found 5"},
      {"nodes: []", "net.yaml:1:1: the key input is missing"},
      {input, "net.yaml:1:1: the key nodes is missing"},
      {input + "nodes: []", "net.yaml:2:8: nodes: nodes: there are none"},
      {input + "nodes: {a: 1}", "net.yaml:2:8: nodes: expected a list, found a map"},
      {input + "node: []", "net.yaml:2:1: node: unknown key (did you mean nodes?)"},
      {input + "nodes: [5]", "nodes[0]: expected a node such as"},
      {"input: {channels: 0}\nnodes: []", "net.yaml:1:19: input.channels: must be"},
      {"input: {height: 5}\nnodes: []", "net.yaml:1:8: input: the key channels is missing"},
      {"input: {channels: 1, heigth: 5}\nnodes: []",
       "net.yaml:1:22: input.heigth: unknown key (did you mean height?)"},
      {"input: {channels: 65536, height: 65536}\nnodes: [{id: a, flatten: {}}]",
       "input: more than"},
      {node("conv: {out: 4}"), "net.yaml:4:5: nodes[1]: the key id is missing"},
      {node("id: [a], conv: {out: 4}"), "nodes[1].id: expected text, found a list"},
      {node("id: null, conv: {out: 4}"), "nodes[1].id: expected text, found nothing"},
      {node("id: a b, conv: {out: 4}"), "must be letters, digits"},
      {node("id: x, conv: {out: 4}"), "net.yaml:4:5: nodes[1]: node x: another node has this id"},
      {node("id: input, conv: {out: 4}"), "this id belongs to the network's input"},
      {node("id: a"), "net.yaml:4:5: nodes[1]: no operation; there are conv, dense"},
      {node("id: a, con: {out: 4}"),
       "net.yaml:4:13: nodes[1].con: unknown key (did you mean conv?)"},
      {node("id: a, conv: {out: 4}, dense: {out: 4}"), "two operations, conv and dense"},
      {node("id: a, conv: {}"), "nodes[1].conv: the key out is missing"},
      {node("id: a, conv:"), "nodes[1].conv: the key out is missing"},
      {node("id: a, conv: 16"), "nodes[1].conv: expected a map, found 16"},
      {node("id: a, conv: {out: 0}"),
       "net.yaml:4:25: nodes[1].conv.out: must be in [1, 2147483647], found 0"},
      {node("id: a, conv: {out: many}"), "nodes[1].conv.out: expected a whole number, found many"},
      {node("id: a, conv: {out: 1000000000000}"), "conv.out: must be in [1, 2147483647]"},
      {node("id: a, conv: {out: 1G}"), "net.yaml:4:5: nodes[1]: node a: conv: more than"},
      {node("id: a, conv: {out: 4, kernels: 3}"), "unknown key (did you mean kernel?)"},
      {node("id: a, conv: {out: 4, kernel: 0}"), "conv.kernel: must be in [1,"},
      {node("id: a, conv: {out: 4, kernel: [3]}"),
       "conv.kernel: expected a number or [height, width], found 1 items"},
      {node("id: a, conv: {out: 4, kernel: [3, x]}"),
       "conv.kernel[1]: expected a whole number, found x"},
      {node("id: a, conv: {out: 4, pad: [1, 2, 3]}"), "or [top, left, bottom, right], found 3"},
      {node("id: a, conv: {out: 4, pad: sane}"), "conv.pad: expected a whole number, found sane"},
      {node("id: a, conv: {out: 4, pad: -1}"), "conv.pad: must be in [0,"},
      {node("id: a, conv: {out: 4, bias: 1}"), "conv.bias: expected true or false, found 1"},
      {node("id: a, conv: {out: 4, groups: 3}"),
       "net.yaml:4:5: nodes[1]: node a: conv: 3 groups do not divide 4 input and 4 output"},
      {node("id: a, conv: {out: 4}, act: rely"),
       "net.yaml:4:34: nodes[1].act: must be one of identity, relu, "},
      {node("id: a, conv: {out: 4}, act: rely"), "found rely (did you mean relu?)"},
      {node("id: a, conv: {out: 4}, norm: batches"), "must be one of none, batch, found batches"},
      {node("id: a, flatten: {}, act: relu"), "net.yaml:4:31: nodes[1].act: flatten takes none"},
      {node("id: a, add: [x, x], norm: batch"), "nodes[1].norm: add takes none"},
      {node("id: a, activation: {act: relu}"), "nodes[1].activation: expected one of identity"},
      {node("id: a, flatten: {x: 1}"), "nodes[1].flatten.x: unknown key"},
      {node("id: a, dropout: {rate: 1}"), "node a: dropout: rate must be in [0, 1), got 1"},
      {node("id: a, dropout: {rate: 2}"), "dropout.rate: must be in [0, 1], found 2"},
      {node("id: a, scale: {init: nan}"), "scale.init: expected a number, found nan"},
      {node("id: a, scale: {init: 1e300}"), "init must be finite"},
      {node("id: a, add: x"), "nodes[1].add: expected a list of ids such as [a, b]"},
      {node("id: a, add: [x, x], from: x"), "add lists its inputs itself"},
      {node("id: a, add: [x]"), "node a: add: wants two or more inputs, has 1"},
      {node("id: a, add: [x, input]"), "none"},
      {node("id: a, from: y, flatten: {}"), "node a: flatten: input y: there is no such node"},
      {node("id: a, from: a, flatten: {}"), "a node cannot read itself (a cycle)"},
      {node("id: a, from: [x, x], flatten: {}"), "wants one input, has 2"},
      {node("id: a, from: {x: y}, flatten: {}"), "nodes[1].from: expected text, found a map"},
      {node("id: a, from: input, flatten: {}"), "net.yaml:3:5: nodes[0]: node x: nobody reads"},
      {node("id: a, softmax: {}"), "net.yaml:4:5: nodes[1]: node a: softmax: wants a vector"},
      {node("id: a, max_pool: {kernel: 20}"), "the kernel spans 20 of height"},
      {node("id: a, max_pool: {pad: 2}"), "pad must be below the kernel"},
      {node("id: a, conv: {out: 4}") + "train: {optimiser: adam}",
       "net.yaml:5:9: train.optimiser: unknown key (did you mean optimizer?)"},
      {node("id: a, conv: {out: 4}") + "train: {optimizer: adamm}", "(did you mean adam?)"},
      {node("id: a, conv: {out: 4}") + "train: {rate: 0}", "train.rate: must be above 0, found 0"},
      {node("id: a, conv: {out: 4}") + "train: {label_smoothing: 0.6}",
       "train.label_smoothing: must be in [0, 0.5]"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    if (row.message == "none")
      CHECK(complaint(row.text).empty());
    else
      CHECK_THAT(complaint(row.text), Contains(row.message));
  }
}

TEST_CASE("an operation alone as text", "[architecture_yaml]") {
  CHECK(to_text(Conv{.out = 16, .stride = {2, 1}, .norm = Norm::batch}) ==
        "conv: {out: 16, kernel: 3, stride: [2, 1]}, norm: batch");
  CHECK(to_text(Add{.act = Activation::relu}) == "add, act: relu");
  CHECK(to_text(Concat{}) == "concat");
  CHECK(to_text(Flatten{}) == "flatten: {}");
}

TEST_CASE("text of faulty architectures can still be written", "[architecture_yaml]") {
  CHECK(to_yaml({.input = {0, -1, 5}, .nodes = {}}) ==
        "input: {channels: 0, height: -1, width: 5}\nnodes: []\n");
  CHECK_THAT(to_yaml({.input = {1, 2, 2}, .nodes = {{"a\n\"b\\", Flatten{}, {}}}}),
             Contains("{id: \"a\\x0a\\\"b\\\\\", from: [], flatten: {}}"));
}
