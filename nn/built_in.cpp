// The built-in networks: starts for a search, and the reference nets of bench/.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/detail/faults.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::nn {
namespace {

constexpr auto kRelu = Activation::relu;
constexpr int kSmallestImage = 8;

Conv conv3(int out, int stride = 1) {
  return {.out = out, .stride = {stride, stride}, .norm = Norm::batch, .act = kRelu};
}
const std::string kFrom{kInput};

void append(Architecture& net, const char* id, Operation op) {
  const std::string from = net.nodes.empty() ? kFrom : net.output();
  net.nodes.push_back({.id = id, .op = std::move(op), .inputs = {from}});
}

void small_plain(Architecture& net, int outputs) {
  append(net, "stem", conv3(8));
  append(net, "a", conv3(16, 2));
  append(net, "b", conv3(16));
  append(net, "c", conv3(32, 2));
  add_head(net, net.output(), outputs);
}

void tiny_plain(Architecture& net, int outputs) {
  append(net, "stem", conv3(8, 2));
  append(net, "a", conv3(16, 2));
  add_head(net, net.output(), outputs);
}

void small_residual(Architecture& net, int outputs) {
  auto last = add_conv(net, kFrom, "stem", conv3(8));
  last = add_residual(net, last, "a", 16, 2);
  last = add_residual(net, last, "b", 24, 2);
  add_head(net, last, outputs);
}

void small_separable(Architecture& net, int outputs) {
  auto last = add_conv(net, kFrom, "stem", conv3(16));
  last = add_separable(net, last, "a", 32, 3, 2);
  last = add_separable(net, last, "b", 32);
  last = add_separable(net, last, "c", 64, 3, 2);
  last = add_separable(net, last, "d", 64);
  add_head(net, last, outputs);
}

// Pooled to a quarter and then flattened: what lies where still tells, which it does not behind a
// global average.
void add_flat_head(Architecture& net, int outputs) {
  append(net, "flat", Flatten{});
  append(net, "drop", Dropout{.rate = 0.3F});
  append(net, "logits", Dense{.out = outputs});
}

void small_pooled(Architecture& net, int outputs) {
  append(net, "stem", conv3(16));
  append(net, "pool1", MaxPool{});
  append(net, "a", conv3(24));
  append(net, "pool2", MaxPool{});
  add_flat_head(net, outputs);
}

void medium_pooled(Architecture& net, int outputs) {
  append(net, "stem", conv3(32));
  append(net, "pool1", MaxPool{});
  append(net, "a", conv3(64));
  append(net, "pool2", MaxPool{});
  append(net, "b", conv3(64));
  add_flat_head(net, outputs);
}

void medium_residual(Architecture& net, int outputs) {
  append(net, "stem", conv3(16));
  append(net, "pool1", MaxPool{});
  append(net, "a", conv3(24));
  add_residual(net, "a", "b", 24, 1);
  append(net, "pool2", MaxPool{});
  append(net, "c", conv3(48));
  add_residual(net, "c", "d", 48, 1);
  add_flat_head(net, outputs);
}

// Pooled before each of two stages of a convolution and a residual block.
void pooled_residual(Architecture& net, int stem, int first, int second, int outputs) {
  append(net, "stem", conv3(stem));
  append(net, "pool1", MaxPool{});
  append(net, "a", conv3(first));
  add_residual(net, "a", "b", first);
  append(net, "pool2", MaxPool{});
  append(net, "c", conv3(second));
  add_head(net, add_residual(net, "c", "d", second), outputs);
}
void slim_residual(Architecture& net, int outputs) { pooled_residual(net, 24, 32, 48, outputs); }
void wide_residual(Architecture& net, int outputs) { pooled_residual(net, 32, 64, 128, outputs); }

void mlp(Architecture& net, int outputs) {
  append(net, "a", Dense{.out = 64, .norm = Norm::batch, .act = kRelu});
  append(net, "b", Dense{.out = 64, .norm = Norm::batch, .act = kRelu});
  append(net, "logits", Dense{.out = outputs});
}

void lenet(Architecture& net, int outputs) {
  append(net, "conv1", Conv{.out = 16, .act = kRelu});
  append(net, "pool1", MaxPool{});
  append(net, "conv2", Conv{.out = 32, .act = kRelu});
  append(net, "pool2", MaxPool{});
  append(net, "flat", Flatten{});
  append(net, "hidden", Dense{.out = 64, .act = kRelu});
  append(net, "logits", Dense{.out = outputs});
}

void vgg(Architecture& net, int outputs) {
  append(net, "conv1", conv3(32));
  append(net, "conv2", conv3(32));
  append(net, "pool1", MaxPool{});
  append(net, "conv3", conv3(64));
  append(net, "conv4", conv3(64));
  append(net, "pool2", MaxPool{});
  append(net, "conv5", conv3(128));
  append(net, "conv6", conv3(128));
  append(net, "pool3", MaxPool{});
  add_head(net, net.output(), outputs);
}

struct Stage {
  const char* stem;
  int out, stride;
};

void add_residuals(Architecture& net, int stem, std::initializer_list<Stage> blocks, int outputs) {
  auto last = add_conv(net, kFrom, "stem", conv3(stem));
  for (const auto& [name, out, stride] : blocks) last = add_residual(net, last, name, out, stride);
  add_head(net, last, outputs);
}

void medium_resnet(Architecture& net, int outputs) {
  add_residuals(net, 16, {{"a", 16, 1}, {"b", 32, 2}, {"c", 48, 2}, {"d", 48, 1}}, outputs);
}

void large_resnet(Architecture& net, int outputs) {
  add_residuals(net, 24, {{"a", 24, 1}, {"b", 48, 2}, {"c", 48, 1}, {"d", 96, 2}, {"e", 96, 1}},
                outputs);
}

void resnet20(Architecture& net, int outputs) {
  add_residuals(net, 16,
                {{"a", 16, 1},
                 {"b", 16, 1},
                 {"c", 16, 1},
                 {"d", 32, 2},
                 {"e", 32, 1},
                 {"f", 32, 1},
                 {"g", 64, 2},
                 {"h", 64, 1},
                 {"i", 64, 1}},
                outputs);
}

void mobile(Architecture& net, int outputs) {
  constexpr int kExpansion = 4;
  auto last = add_conv(net, kFrom, "stem", conv3(16));
  for (const auto& [stem, out, stride] : {Stage{"a", 16, 1},
                                          {"b", 24, 2},
                                          {"c", 24, 1},
                                          {"d", 32, 2},
                                          {"e", 32, 1},
                                          {"f", 64, 1},
                                          {"g", 64, 1}})
    last = add_inverted_residual(net, last, stem, out, kExpansion, 3, stride);
  add_head(net, last, outputs);
}

struct Row {
  const char* name;
  void (*build)(Architecture&, int outputs);
  bool wants_image = true;
};
constexpr Row kRows[] = {{"small-plain", small_plain},
                         {"small-residual", small_residual},
                         {"small-separable", small_separable},
                         {"tiny-plain", tiny_plain},
                         {"small-pooled", small_pooled},
                         {"medium-pooled", medium_pooled},
                         {"medium-residual", medium_residual},
                         {"slim-residual", slim_residual},
                         {"wide-residual", wide_residual},
                         {"medium-resnet", medium_resnet},
                         {"large-resnet", large_resnet},
                         {"mlp", mlp, false},
                         {"lenet", lenet},
                         {"vgg", vgg},
                         {"resnet20", resnet20},
                         {"mobile", mobile}};

}  // namespace

const std::vector<std::string>& built_in_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Row& row : kRows) all.emplace_back(row.name);
    return all;
  }();
  return names;
}

Architecture built_in(std::string_view name, Shape input, int outputs) {
  const auto* row = std::ranges::find(kRows, name, [](const Row& r) { return r.name; });
  if (row == std::end(kRows)) {
    const auto close = nearest(name, built_in_names());
    throw ConfigError(fmt::format("{}: no built-in network{}; there are {}", name,
                                  close ? fmt::format(" (did you mean {}?)", *close) : "",
                                  fmt::join(built_in_names(), ", ")));
  }
  if (row->wants_image && (input.height < kSmallestImage || input.width < kSmallestImage))
    throw ConfigError(fmt::format(
        "{}: wants images of at least {}x{}, got {}{}", name, kSmallestImage, kSmallestImage,
        detail::text(input), input.height == 1 && input.width == 1 ? " (mlp takes vectors)" : ""));
  Architecture net{.input = input, .nodes = {}};
  row->build(net, outputs);
  validate(net);
  return net;
}

}  // namespace lamarck::nn
