// The small networks that the other tests of this folder compile.
#include <algorithm>
#include <cmath>

#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

namespace lamarck::test {

nn::Architecture chain(nn::Shape input, std::vector<nn::Node> nodes) {
  std::string before{nn::kInput};
  for (nn::Node& node : nodes) {
    if (node.inputs.empty()) node.inputs = {before};
    before = node.id;
  }
  return {.input = input, .nodes = std::move(nodes)};
}

std::vector<Case> convolution_cases() {
  using namespace nn;
  const Shape image{3, 7, 6};
  const Node stem{"stem", Conv{.out = 6}, {}};
  std::vector<Case> cases;
  const auto add = [&](std::string name, const Conv& conv, int batch = 3) {
    cases.push_back({std::move(name), chain(image, {stem, {"conv", conv, {}}}), batch});
  };
  add("conv 3x3", {.out = 5});
  add("conv 1x1 without bias", {.out = 17, .kernel = {1, 1}, .bias = false});
  add("conv of batch 1", {.out = 4}, 1);
  add("conv of even kernel", {.out = 4, .kernel = {2, 4}});
  add("conv of stride 2", {.out = 8, .stride = {2, 2}});
  add("conv with uneven padding", {.out = 4, .pad = Padding{0, 2, 1, 0}});
  add("conv dilated", {.out = 4, .dilation = {2, 2}});
  add("conv of kernel beyond the image", {.out = 4, .kernel = {9, 9}});
  add("conv in groups", {.out = 9, .groups = 3});
  add("conv depthwise", {.out = 6, .groups = 6});
  add("conv depthwise with multiplier", {.out = 12, .groups = 6});
  add("conv with norm", {.out = 5, .norm = Norm::batch});
  add("conv with norm and relu", {.out = 16, .norm = Norm::batch, .act = Activation::relu});
  add("conv with bias, norm and silu",
      {.out = 5, .bias = true, .norm = Norm::batch, .act = Activation::silu});
  add("conv depthwise with norm and relu6",
      {.out = 6, .groups = 6, .norm = Norm::batch, .act = Activation::relu6});
  for (const Activation act : kernels::all_activations())
    add("conv and " + std::string{name(act)}, {.out = 5, .act = act});
  cases.push_back({"conv of one channel", chain({1, 9, 9}, {{"conv", Conv{.out = 4}, {}}})});
  return cases;
}

std::vector<Case> vector_cases() {
  using namespace nn;
  const Shape image{3, 4, 5};
  const Node stem{"stem", Conv{.out = 6}, {}};
  const Node dense{"dense", Dense{.out = 4}, {}};
  return {
      {"dense on a vector", chain({7, 1, 1}, {dense, {"out", Dense{.out = 3}, {}}})},
      {"dense on an image", chain(image, {stem, dense})},
      {"dense without bias", chain(image, {stem, {"dense", Dense{.out = 4, .bias = false}, {}}})},
      {"dense with norm and relu",
       chain(image, {stem,
                     {"dense", Dense{.out = 8, .norm = Norm::batch, .act = Activation::relu}, {}},
                     {"out", Dense{.out = 3}, {}}}),
       6},
      {"dense with norm and tanh",
       chain(image, {stem,
                     {"dense", Dense{.out = 5, .norm = Norm::batch, .act = Activation::tanh}, {}},
                     {"out", Dense{.out = 3, .act = Activation::gelu}, {}}}),
       6},
      {"flatten and dense", chain(image, {stem, {"flat", Flatten{}, {}}, dense})},
      {"flatten of the input", chain(image, {{"flat", Flatten{}, {}}, dense})},
      {"flatten, activation and dense",
       chain(image,
             {stem, {"flat", Flatten{}, {}}, {"act", Activate{Activation::tanh}, {}}, dense})},
      {"flatten read by a norm and a dense",
       chain(image, {stem,
                     {"flat", Flatten{}, {}},
                     {"norm", BatchNorm{}, {}},
                     {"left", Dense{.out = 4}, {}},
                     {"right", Dense{.out = 4}, {"flat"}},
                     {"sum", Add{}, {"left", "right"}}}),
       5},
      {"flatten at the end", chain(image, {stem, {"flat", Flatten{}, {}}})},
      {"softmax", chain(image, {stem, {"flat", Flatten{}, {}}, dense, {"soft", Softmax{}, {}}})},
      {"softmax inside",
       chain(image, {stem, {"pooled", GlobalAvgPool{}, {}}, {"soft", Softmax{}, {}}, dense})},
  };
}

std::vector<Case> image_cases() {
  using namespace nn;
  const Shape image{3, 7, 6};
  const Node stem{"stem", Conv{.out = 6}, {}};
  const Node dense{"dense", Dense{.out = 4}, {}};
  std::vector<Case> cases{
      {"max pool", chain(image, {stem, {"pool", MaxPool{}, {}}, dense})},
      {"max pool overlapping and padded",
       chain(image, {stem, {"pool", MaxPool{{3, 3}, Extent{2, 2}, {1, 1, 1, 1}}, {}}})},
      {"average pool", chain(image, {stem, {"pool", AvgPool{}, {}}})},
      {"average pool padded",
       chain(image, {stem, {"pool", AvgPool{{3, 3}, Extent{1, 2}, {1, 0, 1, 1}}, {}}, dense})},
      {"pools of the input",
       chain(image, {{"max", MaxPool{}, {}}, {"avg", AvgPool{{2, 3}}, {}}, dense})},
      {"global average pool", chain(image, {stem, {"pool", GlobalAvgPool{}, {}}, dense})},
      {"batch norm node", chain(image, {stem, {"norm", BatchNorm{Activation::relu}, {}}, dense})},
      {"batch norm and elu", chain(image, {stem, {"norm", BatchNorm{Activation::elu}, {}}})},
      {"batch norm of the input", chain(image, {{"norm", BatchNorm{}, {}}, dense})},
      {"learnt gate", chain(image, {stem, {"gate", Scale{}, {}}, dense})},
      {"learnt gate of the input", chain(image, {{"gate", Scale{}, {}}})},
      {"concat of uneven parts", chain(image, {{"a", Conv{.out = 3}, {}},
                                               {"b", Conv{.out = 5, .act = Activation::tanh}, {}},
                                               {"c", Conv{.out = 16, .kernel = {1, 1}}, {}},
                                               {"cat", Concat{}, {"a", "c", "b"}},
                                               {"next", Conv{.out = 4}, {}}})},
      {"concat with the input",
       chain(image, {{"a", Conv{.out = 8}, {}}, {"cat", Concat{}, {"input", "a"}}, dense})},
      {"dropout of rate 0", chain(image, {stem, {"drop", Dropout{0.0F}, {}}, dense})},
  };
  for (const Activation act : {Activation::identity, Activation::relu, Activation::tanh}) {
    const std::string suffix = " then " + std::string{name(act)};
    cases.push_back(
        {"add of two" + suffix,
         chain(image, {stem, {"a", Conv{.out = 6}, {}}, {"sum", Add{act}, {"stem", "a"}}, dense})});
    const Conv normed{.out = 6, .norm = Norm::batch};
    cases.push_back(
        {"add of a normalised one" + suffix,
         chain(image, {stem, {"a", normed, {}}, {"sum", Add{act}, {"stem", "a"}}, dense})});
    cases.push_back({"add of two normalised" + suffix, chain(image, {stem,
                                                                     {"a", normed, {"stem"}},
                                                                     {"b", normed, {"stem"}},
                                                                     {"sum", Add{act}, {"a", "b"}},
                                                                     dense})});
    cases.push_back({"add of three" + suffix,
                     chain(image, {stem,
                                   {"a", Conv{.out = 6}, {"stem"}},
                                   {"b", Conv{.out = 6, .act = Activation::silu}, {"stem"}},
                                   {"sum", Add{act}, {"a", "stem", "b"}},
                                   {"again", Add{act}, {"sum", "a"}}})});
  }
  // Each sum takes over the normalisation that it reads, never another one of the same image.
  cases.push_back({"sums of an image and of what is normalised of it",
                   chain(image, {stem,
                                 {"other", Conv{.out = 6}, {"input"}},
                                 {"norm", BatchNorm{}, {"stem"}},
                                 {"raw", Add{Activation::relu}, {"stem", "other"}},
                                 {"sum", Add{}, {"norm", "raw"}},
                                 dense})});
  cases.push_back({"two normalisations of one image in two sums",
                   chain(image, {stem,
                                 {"other", Conv{.out = 6}, {"input"}},
                                 {"one", BatchNorm{}, {"stem"}},
                                 {"two", BatchNorm{}, {"stem"}},
                                 {"first", Add{Activation::relu}, {"one", "other"}},
                                 {"second", Add{}, {"first", "two"}},
                                 dense})});
  cases.push_back({"sum of an image and its normalisation",
                   chain(image, {stem,
                                 {"norm", BatchNorm{}, {"stem"}},
                                 {"sum", Add{Activation::relu}, {"stem", "norm"}},
                                 dense})});
  cases.push_back(
      {"add of the input", chain(image, {{"a", Conv{.out = 3, .act = Activation::relu}, {}},
                                         {"sum", Add{Activation::relu}, {"input", "a"}},
                                         {"next", Conv{.out = 4}, {}}})});
  cases.push_back(
      {"squeeze and excite", chain(image, {stem,
                                           {"pooled", GlobalAvgPool{}, {}},
                                           {"down", Dense{.out = 3, .act = Activation::relu}, {}},
                                           {"up", Dense{.out = 6, .act = Activation::sigmoid}, {}},
                                           {"gated", Scale{}, {"stem", "up"}},
                                           dense})});
  cases.push_back(
      {"squeeze and excite by convolutions",
       chain(image, {{"stem", Conv{.out = 19}, {}},
                     {"pooled", GlobalAvgPool{}, {}},
                     {"down", Conv{.out = 5, .kernel = {1, 1}}, {}},
                     {"up", Conv{.out = 19, .kernel = {1, 1}, .act = Activation::sigmoid}, {}},
                     {"gated", Scale{}, {"stem", "up"}},
                     dense})});
  cases.push_back({"a tensor that is read four times",
                   chain(image, {{"stem", Conv{.out = 4, .act = Activation::tanh}, {}},
                                 {"a", Conv{.out = 4}, {"stem"}},
                                 {"b", Conv{.out = 4, .kernel = {1, 1}}, {"stem"}},
                                 {"pool", MaxPool{{3, 3}, Extent{1, 1}, {1, 1, 1, 1}}, {"stem"}},
                                 {"sum", Add{Activation::relu}, {"stem", "a", "b", "pool"}},
                                 dense})});
  return cases;
}

std::vector<Case> all_cases() {
  std::vector<Case> all = convolution_cases();
  for (auto more : {vector_cases(), image_cases()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

void fill_normal(std::span<float> numbers, std::uint64_t seed) {
  Random random{seed, "fill"};
  for (float& number : numbers) number = static_cast<float>(random.normal());
}

nn::Model random_model(const nn::Architecture& architecture, std::uint64_t seed) {
  nn::Model model{architecture, {}};
  for (const nn::ParameterSpec& spec : nn::parameter_specs(architecture)) {
    nn::Tensor tensor{spec.shape};
    Random random{seed, spec.name};
    const auto ends = [&](std::string_view end) { return spec.name.ends_with(end); };
    const double fan_in = static_cast<double>(tensor.elements()) / spec.shape[0];
    for (float& x : tensor.data) {
      double drawn = 0.3 * random.normal();
      if (ends(".weight")) drawn = random.normal() / std::sqrt(fan_in);
      if (ends(".norm.variance")) drawn = random.uniform(0.5, 2.0);
      if (ends(".norm.scale") || ends(".gate")) drawn = random.uniform(0.5, 1.5);
      x = static_cast<float>(drawn);
    }
    model.weights.emplace(spec.name, std::move(tensor));
  }
  return model;
}

}  // namespace lamarck::test

TEST_CASE("the cases of these tests are valid and apart", "[network]") {
  std::vector<std::string> names;
  for (const auto& each : lamarck::test::all_cases()) {
    INFO(each.name);
    CHECK_FALSE(lamarck::nn::find_fault(each.architecture));
    CHECK_FALSE(find_fault(lamarck::test::random_model(each.architecture, 1)));
    CHECK(std::ranges::count(names, each.name) == 0);
    names.push_back(each.name);
  }
}
