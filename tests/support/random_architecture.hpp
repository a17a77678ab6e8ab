// Small valid networks of every kind, for property tests.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "kernels/random.hpp"
#include "nn/architecture.hpp"
#include "nn/blocks.hpp"

namespace lamarck::test {

struct RandomArchitectureOptions {
  int min_nodes = 6, max_nodes = 20;  ///< a block or the head may go a few beyond
  int max_channels = 12;              ///< of one convolution
  bool smooth = false;     ///< no kinks: smooth activations, no max pooling (gradient checks)
  bool dropout = true;     ///< may hold dropout with a rate above 0
  bool norm = true;        ///< may hold batch normalisation
  bool softmax = false;    ///< may end in one
  bool genes = false;      ///< may carry training genes
  bool topology = true;    ///< residual adds, concats, gates; else a chain
  bool identities = true;  ///< may hold nodes that do nothing (identity activation, dropout 0)
};

namespace detail {

/// Grows an architecture node by node, keeping track of every node's shape.
class ArchitectureGrower {
 public:
  ArchitectureGrower(Random& random, const RandomArchitectureOptions& options)
      : random_{random}, options_{options} {}

  nn::Architecture grow() {
    net_ = {};
    net_.input = {between(1, 5), between(6, 12), between(6, 12)};
    last_ = std::string{nn::kInput};
    shape_ = net_.input;
    const int target = between(options_.min_nodes, options_.max_nodes);
    const int body = std::max(1, target - 3);  // the head takes two to four
    while (static_cast<int>(net_.nodes.size()) < body) step();
    head();
    if (options_.genes) genes();
    nn::validate(net_);
    return std::move(net_);
  }

 private:
  // Draws.
  int between(int low, int high) {
    return low + static_cast<int>(random_.below(static_cast<std::size_t>(high - low + 1)));
  }
  template <class T, std::size_t N>
  T one_of(const std::array<T, N>& choices) {
    return choices[random_.below(N)];
  }
  nn::Activation activation() {
    using nn::Activation;
    if (options_.smooth)
      return one_of(std::array{Activation::identity, Activation::gelu, Activation::silu,
                               Activation::sigmoid, Activation::tanh});
    const auto all = kernels::all_activations();
    return all[random_.below(all.size())];
  }
  nn::Norm norm() {
    return options_.norm && random_.chance(0.5) ? nn::Norm::batch : nn::Norm::none;
  }
  std::optional<bool> bias() {
    if (random_.chance(0.7)) return std::nullopt;
    return random_.chance(0.5);
  }

  // Adding.
  std::string add(const std::string& stem, nn::Operation op, std::vector<std::string> inputs) {
    std::string id = net_.fresh_id(stem + std::to_string(net_.nodes.size() + 1));
    net_.nodes.push_back({.id = id, .op = std::move(op), .inputs = std::move(inputs)});
    return id;
  }
  void append(const std::string& stem, nn::Operation op) {
    last_ = add(stem, std::move(op), {last_});
  }

  /// A convolution of what has `shape` that keeps height and width.
  nn::Conv same_conv(const nn::Shape& shape, int out) {
    nn::Conv conv{.out = out, .bias = bias(), .norm = norm(), .act = activation()};
    conv.kernel = {one_of(std::array{1, 3, 5}), one_of(std::array{1, 3, 5})};
    if (random_.chance(0.2)) conv.dilation = {between(1, 2), between(1, 2)};
    std::vector<int> groups;
    for (int g = 1; g <= shape.channels; ++g)
      if (shape.channels % g == 0 && out % g == 0) groups.push_back(g);
    if (random_.chance(0.4)) conv.groups = groups[random_.below(groups.size())];
    return conv;
  }

  void conv() {
    const bool depthwise = random_.chance(0.2);
    const int multiplier = between(1, 2);
    nn::Conv conv = same_conv(
        shape_, depthwise ? shape_.channels * multiplier : between(1, options_.max_channels));
    if (depthwise) conv.groups = shape_.channels;
    if (random_.chance(0.25)) conv.stride = {between(1, 2), between(1, 2)};
    if (random_.chance(0.25))
      conv.pad = nn::Padding{between(0, 2), between(0, 2), between(0, 2), between(0, 2)};
    const nn::Padding pad = nn::padding(conv);
    const int height =
        shape_.height + pad.top + pad.bottom - conv.dilation.height * (conv.kernel.height - 1);
    const int width =
        shape_.width + pad.left + pad.right - conv.dilation.width * (conv.kernel.width - 1);
    if (height < 1 || width < 1) return;  // the kernel is larger than the padded image
    shape_ = {conv.out, (height - 1) / conv.stride.height + 1, (width - 1) / conv.stride.width + 1};
    append("conv", conv);
  }

  void pool() {
    if (shape_.height < 4 || shape_.width < 4) return;
    const nn::Extent kernel{between(2, 3), between(2, 3)};
    std::optional<nn::Extent> stride;
    if (random_.chance(0.5)) stride = nn::Extent{between(1, 2), between(1, 2)};
    nn::Padding pad;
    if (random_.chance(0.3)) pad = {between(0, 1), between(0, 1), between(0, 1), between(0, 1)};
    const nn::Extent step = stride.value_or(kernel);
    shape_.height = (shape_.height + pad.top + pad.bottom - kernel.height) / step.height + 1;
    shape_.width = (shape_.width + pad.left + pad.right - kernel.width) / step.width + 1;
    if (options_.smooth || random_.chance(0.5))
      append("avg", nn::AvgPool{.kernel = kernel, .stride = stride, .pad = pad});
    else
      append("max", nn::MaxPool{.kernel = kernel, .stride = stride, .pad = pad});
  }

  void small() {
    switch (between(0, 3)) {
      case 0: {
        const nn::Activation act = activation();
        if (options_.identities || act != nn::Activation::identity)
          append("act", nn::Activate{.act = act});
        return;
      }
      case 1:
        if (options_.norm) append("norm", nn::BatchNorm{.act = activation()});
        return;
      case 2:
        if (options_.dropout)
          append("drop", nn::Dropout{.rate = static_cast<float>(between(1, 5)) / 10.0F});
        else if (options_.identities)
          append("drop", nn::Dropout{.rate = 0});
        return;
      default:
        append("gate", nn::Scale{.init = static_cast<float>(between(-4, 8)) / 4.0F});
    }
  }

  void residual() {
    const std::string from = last_;
    const int out = random_.chance(0.5) ? shape_.channels : between(1, options_.max_channels);
    nn::Shape shape = shape_;
    std::string body = from;
    const int layers = between(1, 2);
    for (int i = 0; i < layers; ++i) {
      body =
          add("body", same_conv(shape, i + 1 == layers ? out : between(1, options_.max_channels)),
              {body});
      shape.channels = std::get<nn::Conv>(net_.nodes.back().op).out;
    }
    std::string skip = from;
    if (out != shape_.channels || random_.chance(0.2))
      skip = add(
          "skip",
          nn::Conv{.out = out, .kernel = {1, 1}, .norm = norm(), .act = nn::Activation::identity},
          {from});
    if (options_.norm && random_.chance(0.1)) skip = add("skip_norm", nn::BatchNorm{}, {skip});
    std::vector<std::string> inputs{skip, body};
    if (random_.chance(0.2)) inputs.push_back(add("third", same_conv(shape_, out), {from}));
    if (random_.chance(0.3)) std::swap(inputs[0], inputs[1]);
    last_ = add("sum", nn::Add{.act = activation()}, std::move(inputs));
    shape_.channels = out;
  }

  void concat() {
    const std::string from = last_;
    std::vector<std::string> inputs;
    int channels = 0;
    const int branches = between(2, 3);
    for (int i = 0; i < branches; ++i) {
      if (i == 1 && random_.chance(0.4)) {
        inputs.push_back(from);
        channels += shape_.channels;
        continue;
      }
      const int out = between(1, std::max(1, options_.max_channels / 2));
      inputs.push_back(add("branch", same_conv(shape_, out), {from}));
      channels += out;
    }
    last_ = add("cat", nn::Concat{}, std::move(inputs));
    shape_.channels = channels;
  }

  void squeeze_excite() {
    const std::string from = last_;
    const auto squeezed = add("squeeze", nn::GlobalAvgPool{}, {from});
    const auto reduced = add(
        "reduce", nn::Dense{.out = between(1, 4), .bias = bias(), .act = activation()}, {squeezed});
    const auto gate =
        add("excite", nn::Dense{.out = shape_.channels, .act = nn::Activation::sigmoid}, {reduced});
    last_ = add("scaled", nn::Scale{}, {from, gate});
  }

  void step() {
    if (options_.topology && random_.chance(0.45)) {
      switch (between(0, 3)) {
        case 0:
          return concat();
        case 1:
          return squeeze_excite();
        default:
          return residual();
      }
    }
    switch (between(0, 5)) {
      case 0:
        return pool();
      case 1:
        return small();
      default:
        return conv();
    }
  }

  void head() {
    if (random_.chance(0.5))
      append("pooled", nn::GlobalAvgPool{});
    else if (random_.chance(0.5))
      append("flat", nn::Flatten{});
    if (random_.chance(0.5))
      append("hidden",
             nn::Dense{.out = between(2, 8), .bias = bias(), .norm = norm(), .act = activation()});
    append("logits", nn::Dense{.out = between(2, 5), .bias = bias()});
    if (options_.softmax && random_.chance(0.3)) append("shares", nn::Softmax{});
  }

  void genes() {
    if (random_.chance(0.5))
      net_.genes.optimizer = one_of(std::array<const char*, 4>{"sgd", "adam", "adamw", "rmsprop"});
    if (random_.chance(0.5)) net_.genes.rate = 0.01 + 10 * random_.uniform();
    if (random_.chance(0.5)) net_.genes.weight_decay = 10 * random_.uniform();
    if (random_.chance(0.5)) net_.genes.label_smoothing = 0.5 * random_.uniform();
  }

  Random& random_;
  const RandomArchitectureOptions& options_;
  nn::Architecture net_;
  std::string last_;
  nn::Shape shape_;
};

}  // namespace detail

/// A network that validates: input {1..5, 6..12, 6..12}; convolutions with groups, depthwise,
/// dilation, stride, kernels 1, 3 and 5 in any mixture, asymmetric padding; normalisations, every
/// activation, pools, residual adds with projections, concats, squeeze-excite, gates; a dense head
/// behind flatten, global pooling or nothing. The same draws give the same network.
inline nn::Architecture random_architecture(Random& random,
                                            const RandomArchitectureOptions& options = {}) {
  return detail::ArchitectureGrower{random, options}.grow();
}

}  // namespace lamarck::test
