// The architecture of a network: a graph of operations, a value. It is what a genome is, what a
// file holds, what is compiled, edited and exported. There is no second block language beside it:
// blocks (nn/blocks.hpp) are functions that add nodes.
//
// Thread safety: a value; the functions are pure.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/activation.hpp"

namespace lamarck::nn {

using kernels::Activation;

/// Height and width, in elements.
struct Extent {
  int height = 1, width = 1;
  auto operator<=>(const Extent&) const = default;
};
/// Zeros around an image, in elements.
struct Padding {
  int top = 0, left = 0, bottom = 0, right = 0;
  auto operator<=>(const Padding&) const = default;
};
/// Of one image, {c, h, w}; a vector is {c, 1, 1}.
struct Shape {
  int channels = 1, height = 1, width = 1;
  [[nodiscard]] std::int64_t elements() const { return 1LL * channels * height * width; }
  auto operator<=>(const Shape&) const = default;
};

enum class Norm { none, batch };

/// 2-D convolution, then optionally batch normalisation, then an activation.
struct Conv {
  int out = 1;
  Extent kernel{3, 3};
  Extent stride{1, 1};
  std::optional<Padding> pad =
      {};  ///< none: "same", i.e. dilation * (kernel - 1) split evenly, the odd one at bottom/right
  Extent dilation{1, 1};
  int groups = 1;
  std::optional<bool> bias = {};  ///< none: a bias unless norm is batch
  Norm norm = Norm::none;
  Activation act = Activation::identity;
  auto operator<=>(const Conv&) const = default;
};
/// Fully connected over the flattened input, then as Conv.
struct Dense {
  int out = 1;
  std::optional<bool> bias = {};
  Norm norm = Norm::none;
  Activation act = Activation::identity;
  auto operator<=>(const Dense&) const = default;
};
struct MaxPool {
  Extent kernel{2, 2};
  std::optional<Extent> stride = {};  ///< none: the kernel
  Padding pad = {};
  auto operator<=>(const MaxPool&) const = default;
};
struct AvgPool {  ///< padding does not count in the mean
  Extent kernel{2, 2};
  std::optional<Extent> stride = {};
  Padding pad = {};
  auto operator<=>(const AvgPool&) const = default;
};
struct GlobalAvgPool {  ///< {c,h,w} -> {c,1,1}
  auto operator<=>(const GlobalAvgPool&) const = default;
};
struct Add {  ///< sum of two or more inputs of one shape, then an activation
  Activation act = Activation::identity;
  auto operator<=>(const Add&) const = default;
};
struct Concat {  ///< along channels
  auto operator<=>(const Concat&) const = default;
};
/// One input: times a learnt gate per channel (starts at `init`). Two: the second, {c,1,1}, is the
/// gate.
struct Scale {
  float init = 1.0F;
  auto operator<=>(const Scale&) const = default;
};
struct Activate {
  Activation act = Activation::relu;
  auto operator<=>(const Activate&) const = default;
};
struct BatchNorm {
  Activation act = Activation::identity;
  auto operator<=>(const BatchNorm&) const = default;
};
struct Dropout {  ///< each element is 0 with this rate in training, the others divided by 1 - rate
  float rate = 0.5F;
  auto operator<=>(const Dropout&) const = default;
};
struct Flatten {  ///< {c,h,w} -> {chw,1,1}
  auto operator<=>(const Flatten&) const = default;
};
struct Softmax {  ///< over the channels of {c,1,1}
  auto operator<=>(const Softmax&) const = default;
};

using Operation = std::variant<Conv, Dense, MaxPool, AvgPool, GlobalAvgPool, Add, Concat, Scale,
                               Activate, BatchNorm, Dropout, Flatten, Softmax>;

/// `conv`, `dense`, `max_pool`, `avg_pool`, `global_avg_pool`, `add`, `concat`, `scale`,
/// `activation`, `batch_norm`, `dropout`, `flatten`, `softmax`: the names that files use.
[[nodiscard]] std::string_view name(const Operation& operation);

/// Id of the network's input where a node names its inputs.
inline constexpr std::string_view kInput = "input";

struct Node {
  std::string id;  ///< unique; letters, digits, `_`, `-`, `.`; stable under edits
  Operation op;
  std::vector<std::string> inputs;  ///< ids of earlier nodes, or kInput
  bool operator==(const Node&) const = default;
};

/// How a network likes to be trained; what is absent comes from the experiment. Part of the genome,
/// not of the function: shapes and costs ignore it, the canonical form does not.
struct TrainingGenes {
  std::optional<std::string> optimizer = {};  ///< sgd, adam, adamw, rmsprop
  std::optional<double> rate = {};  ///< factor on the experiment's learning rate, in (0, 100]
  std::optional<double> weight_decay = {};     ///< factor on the experiment's, in [0, 100]
  std::optional<double> label_smoothing = {};  ///< in [0, 0.5]
  auto operator<=>(const TrainingGenes&) const = default;
};

/// Nodes in topological order; the last is the output.
struct Architecture {
  Shape input;
  std::vector<Node> nodes;
  TrainingGenes genes = {};
  bool operator==(const Architecture&) const = default;

  /// \throws std::invalid_argument naming the id where it is unknown
  [[nodiscard]] const Node& node(std::string_view id) const;
  [[nodiscard]] Node& node(std::string_view id);
  /// nodes.size() where unknown.
  [[nodiscard]] std::size_t index(std::string_view id) const;
  [[nodiscard]] bool contains(std::string_view id) const { return index(id) < nodes.size(); }
  /// Ids of the nodes that read `id`, each once, in order.
  [[nodiscard]] std::vector<std::string> consumers(std::string_view id) const;
  /// `stem`, or `stem2`, `stem3`, ... whichever is free first.
  [[nodiscard]] std::string fresh_id(std::string_view stem) const;
  [[nodiscard]] const std::string& output() const { return nodes.back().id; }
};

/// The resolved options of an operation, once the input is known.
[[nodiscard]] Padding padding(const Conv& conv);
[[nodiscard]] bool has_bias(const Conv& conv);
[[nodiscard]] bool has_bias(const Dense& dense);

/// What is wrong, naming the node, or nothing: unknown, missing, doubled or later inputs (a cycle),
/// ids doubled or malformed, numbers of inputs, shapes that do not meet, sizes below 1, groups that
/// do not divide, an output that is unused or more than one sink, more than 2^31 - 1 elements or
/// weights in a tensor, a gene out of range. Never throws, never hangs, whatever is given.
[[nodiscard]] std::optional<std::string> find_fault(const Architecture& architecture);
/// \throws std::invalid_argument with find_fault's text
void validate(const Architecture& architecture);

/// Output shape of each node, by index. \throws std::invalid_argument as validate
[[nodiscard]] std::vector<Shape> infer_shapes(const Architecture& architecture);
/// Shapes by id, kInput included.
[[nodiscard]] std::map<std::string, Shape, std::less<>> shapes_by_id(
    const Architecture& architecture);

}  // namespace lamarck::nn
