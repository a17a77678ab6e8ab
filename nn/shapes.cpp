#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <unordered_map>

#include "nn/detail/faults.hpp"
#include "nn/detail/printable.hpp"

namespace lamarck::nn {
namespace detail {
namespace {

// Thrown and caught in this file alone: the reason why one node is faulty.
struct Broken {
  std::string reason;
};
template <class... Args>
[[noreturn]] void broken(fmt::format_string<Args...> format, Args&&... args) {
  throw Broken{fmt::format(format, std::forward<Args>(args)...)};
}

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

std::string text(const Extent& extent) { return fmt::format("{}x{}", extent.height, extent.width); }

/// The product of positive numbers, or more than kMost where it is larger than that.
std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (result > kMost / factor) return kMost + 1;
    result *= factor;
  }
  return result;
}

void at_least_one(std::string_view what, int value) {
  if (value < 1) broken("{} must be at least 1, got {}", what, value);
}
void at_least_one(std::string_view what, const Extent& extent) {
  if (extent.height < 1 || extent.width < 1)
    broken("{} must be at least 1x1, got {}", what, text(extent));
}
void check(const Padding& pad) {
  if (std::min({pad.top, pad.left, pad.bottom, pad.right}) < 0)
    broken("pad must be at least 0, got [{}, {}, {}, {}]", pad.top, pad.left, pad.bottom,
           pad.right);
}
void check(Activation act) {
  if (std::ranges::find(kernels::all_activations(), act) == kernels::all_activations().end())
    broken("no activation has the number {}", static_cast<int>(act));
}
void check(Norm norm) {
  if (norm != Norm::none && norm != Norm::batch)
    broken("no normalisation has the number {}", static_cast<int>(norm));
}
void check_weights(std::initializer_list<std::int64_t> sizes) {
  if (product(sizes) > kMost) broken("more than {} weights", kMost);
}

/// Places along one axis where a window fits.
struct Axis {
  std::string_view name;
  std::int64_t size, kernel, stride, dilation, before, after;
};
int windows(const Axis& axis) {
  const std::int64_t reach = axis.dilation * (axis.kernel - 1) + 1;
  const std::int64_t padded = axis.size + axis.before + axis.after;
  if (std::max(reach, padded) > kMost) broken("padded {} is more than {}", axis.name, kMost);
  if (padded < reach)
    broken("the kernel spans {} of {}, the padded input has {}", reach, axis.name, padded);
  return static_cast<int>((padded - reach) / axis.stride + 1);
}

/// Output shape of one operation from its inputs' shapes. Throws Broken.
class Inferrer {
 public:
  Inferrer(const Node& node, std::span<const Shape> inputs) : node_{node}, inputs_{inputs} {}

  Shape operator()(const Conv& conv) const {
    const Shape in = only();
    at_least_one("out", conv.out);
    at_least_one("kernel", conv.kernel);
    at_least_one("stride", conv.stride);
    at_least_one("dilation", conv.dilation);
    at_least_one("groups", conv.groups);
    check(conv.norm);
    check(conv.act);
    if (in.channels % conv.groups != 0 || conv.out % conv.groups != 0)
      broken("{} groups do not divide {} input and {} output channels", conv.groups, in.channels,
             conv.out);
    for (const auto& [kernel, dilation] : {std::pair{conv.kernel.height, conv.dilation.height},
                                           std::pair{conv.kernel.width, conv.dilation.width}})
      if (1LL * dilation * (kernel - 1) > kMost)
        broken("a kernel of {} dilated by {} is larger than {}", kernel, dilation, kMost);
    const Padding pad = padding(conv);
    check(pad);
    check_weights({conv.out, in.channels / conv.groups, conv.kernel.height, conv.kernel.width});
    return {.channels = conv.out,
            .height = windows({.name = "height",
                               .size = in.height,
                               .kernel = conv.kernel.height,
                               .stride = conv.stride.height,
                               .dilation = conv.dilation.height,
                               .before = pad.top,
                               .after = pad.bottom}),
            .width = windows({.name = "width",
                              .size = in.width,
                              .kernel = conv.kernel.width,
                              .stride = conv.stride.width,
                              .dilation = conv.dilation.width,
                              .before = pad.left,
                              .after = pad.right})};
  }
  Shape operator()(const Dense& dense) const {
    const Shape in = only();
    at_least_one("out", dense.out);
    check(dense.norm);
    check(dense.act);
    check_weights({dense.out, in.channels, in.height, in.width});
    return {.channels = dense.out};
  }
  Shape operator()(const MaxPool& pool) const { return pooled(pool); }
  Shape operator()(const AvgPool& pool) const { return pooled(pool); }
  Shape operator()(const GlobalAvgPool&) const { return {.channels = only().channels}; }
  Shape operator()(const Add& add) const {
    at_least_two();
    check(add.act);
    for (std::size_t i = 1; i < inputs_.size(); ++i)
      if (inputs_[i] != inputs_[0])
        broken("inputs differ: {} {}, {} {}", node_.inputs[0], detail::text(inputs_[0]),
               node_.inputs[i], detail::text(inputs_[i]));
    return inputs_[0];
  }
  Shape operator()(const Concat&) const {
    at_least_two();
    Shape out = inputs_[0];
    std::int64_t channels = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const Shape& in = inputs_[i];
      if (in.height != out.height || in.width != out.width)
        broken("height and width of the inputs differ: {} {}, {} {}", node_.inputs[0],
               detail::text(inputs_[0]), node_.inputs[i], detail::text(in));
      channels += in.channels;
    }
    if (channels > kMost) broken("more than {} channels", kMost);
    out.channels = static_cast<int>(channels);
    return out;
  }
  Shape operator()(const Scale& scale) const {
    if (inputs_.empty() || inputs_.size() > 2)
      broken("wants one or two inputs, has {}", inputs_.size());
    if (!std::isfinite(scale.init)) broken("init must be finite, got {}", scale.init);
    if (inputs_.size() == 2 && inputs_[1] != Shape{.channels = inputs_[0].channels})
      broken("the gate {} must be {}, is {}", node_.inputs[1],
             detail::text(Shape{.channels = inputs_[0].channels}), detail::text(inputs_[1]));
    return inputs_[0];
  }
  Shape operator()(const Activate& activate) const {
    check(activate.act);
    return only();
  }
  Shape operator()(const BatchNorm& norm) const {
    check(norm.act);
    return only();
  }
  Shape operator()(const Dropout& dropout) const {
    if (!(dropout.rate >= 0 && dropout.rate < 1))
      broken("rate must be in [0, 1), got {}", dropout.rate);
    return only();
  }
  Shape operator()(const Flatten&) const {
    return {.channels = static_cast<int>(only().elements())};  // at most kMost, checked before
  }
  Shape operator()(const Softmax&) const {
    const Shape in = only();
    if (in != Shape{.channels = in.channels})
      broken("wants a vector {{c, 1, 1}}, {} is {}", node_.inputs[0], detail::text(in));
    return in;
  }

 private:
  [[nodiscard]] Shape only() const {
    if (inputs_.size() != 1) broken("wants one input, has {}", inputs_.size());
    return inputs_[0];
  }
  void at_least_two() const {
    if (inputs_.size() < 2) broken("wants two or more inputs, has {}", inputs_.size());
  }
  template <class Pool>
  [[nodiscard]] Shape pooled(const Pool& pool) const {
    const Shape in = only();
    const Extent stride = pool.stride.value_or(pool.kernel);
    at_least_one("kernel", pool.kernel);
    at_least_one("stride", stride);
    check(pool.pad);
    // So that no window lies in the padding alone, where a mean or a maximum means nothing.
    if (std::max(pool.pad.top, pool.pad.bottom) >= pool.kernel.height ||
        std::max(pool.pad.left, pool.pad.right) >= pool.kernel.width)
      broken("pad must be below the kernel {}, got [{}, {}, {}, {}]", text(pool.kernel),
             pool.pad.top, pool.pad.left, pool.pad.bottom, pool.pad.right);
    return {.channels = in.channels,
            .height = windows({.name = "height",
                               .size = in.height,
                               .kernel = pool.kernel.height,
                               .stride = stride.height,
                               .dilation = 1,
                               .before = pool.pad.top,
                               .after = pool.pad.bottom}),
            .width = windows({.name = "width",
                              .size = in.width,
                              .kernel = pool.kernel.width,
                              .stride = stride.width,
                              .dilation = 1,
                              .before = pool.pad.left,
                              .after = pool.pad.right})};
  }

  const Node& node_;
  std::span<const Shape> inputs_;
};

bool well_formed(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

std::optional<std::string> gene_fault(const TrainingGenes& genes) {
  constexpr std::array<std::string_view, 4> kOptimizers{"sgd", "adam", "adamw", "rmsprop"};
  if (genes.optimizer && std::ranges::find(kOptimizers, *genes.optimizer) == kOptimizers.end())
    return fmt::format("train.optimizer: must be one of {}, got {}", fmt::join(kOptimizers, ", "),
                       printable(*genes.optimizer));
  if (genes.rate && !(*genes.rate > 0 && *genes.rate <= 100))
    return fmt::format("train.rate: must be above 0 and at most 100, got {}", *genes.rate);
  if (genes.weight_decay && !(*genes.weight_decay >= 0 && *genes.weight_decay <= 100))
    return fmt::format("train.weight_decay: must be in [0, 100], got {}", *genes.weight_decay);
  if (genes.label_smoothing && !(*genes.label_smoothing >= 0 && *genes.label_smoothing <= 0.5))
    return fmt::format("train.label_smoothing: must be in [0, 0.5], got {}",
                       *genes.label_smoothing);
  return std::nullopt;
}

using Indices = std::unordered_map<std::string_view, std::size_t>;

/// Shapes of one node's inputs. Throws Broken.
std::vector<Shape> input_shapes(const Architecture& architecture, std::size_t index,
                                const Indices& indices, const std::vector<Shape>& shapes) {
  std::vector<Shape> inputs;
  for (const std::string& input : architecture.nodes[index].inputs) {
    if (input == kInput) {
      inputs.push_back(architecture.input);
      continue;
    }
    const auto found = indices.find(input);
    if (found == indices.end()) broken("input {}: there is no such node", printable(input));
    if (found->second == index) broken("input {}: a node cannot read itself (a cycle)", input);
    if (found->second > index)
      broken("input {}: comes later; nodes may only read earlier ones (a cycle?)", input);
    inputs.push_back(shapes[found->second]);
  }
  return inputs;
}

}  // namespace

std::string text(const Shape& shape) {
  return fmt::format("{{{}, {}, {}}}", shape.channels, shape.height, shape.width);
}

Inference infer(const Architecture& architecture, Outputs outputs) {
  Inference result;
  const auto& nodes = architecture.nodes;
  const auto fail = [&](std::optional<std::size_t> node, std::string reason) {
    result.fault = Fault{node, std::move(reason)};
    return result;
  };

  const Shape& input = architecture.input;
  if (std::min({input.channels, input.height, input.width}) < 1)
    return fail({}, fmt::format("input: sizes must be at least 1, got {}", text(input)));
  if (product({input.channels, input.height, input.width}) > kMost)
    return fail({}, fmt::format("input: more than {} elements in {}", kMost, text(input)));
  if (auto fault = gene_fault(architecture.genes)) return fail({}, *fault);
  if (nodes.empty()) return fail({}, "nodes: there are none");

  Indices indices;
  indices.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::string& id = nodes[i].id;
    if (id == kInput) return fail(i, "node input: this id belongs to the network's input");
    if (!well_formed(id))
      return fail(i, fmt::format("node {}: the id \"{}\" must be letters, digits, _, - and . alone",
                                 i + 1, printable(id)));
    if (!indices.emplace(id, i).second)
      return fail(i, fmt::format("node {}: another node has this id", printable(id)));
  }

  std::vector<bool> read(nodes.size());
  result.shapes.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    try {
      if (node.op.valueless_by_exception()) broken("has no operation");
      const auto inputs = input_shapes(architecture, i, indices, result.shapes);
      const Shape out = std::visit(Inferrer{node, inputs}, node.op);
      if (product({out.channels, out.height, out.width}) > kMost)
        broken("more than {} elements in {}", kMost, text(out));
      result.shapes.push_back(out);
    } catch (const Broken& fault) {
      return fail(i,
                  fmt::format("node {}: {}: {}", printable(node.id), name(node.op), fault.reason));
    }
    for (const std::string& id : node.inputs)
      if (id != kInput) read[indices.at(id)] = true;
  }
  for (std::size_t i = 0; outputs == Outputs::one && i + 1 < nodes.size(); ++i)
    if (!read[i])
      return fail(i, fmt::format("node {}: nobody reads its output, and only the last node ({}) is "
                                 "the network's output",
                                 printable(nodes[i].id), printable(nodes.back().id)));
  return result;
}

Shape shape_of(const Architecture& architecture, std::string_view id) {
  if (id == kInput) return architecture.input;
  const Inference inference = infer(architecture, Outputs::any);
  if (inference.fault) throw std::invalid_argument(inference.fault->text);
  const std::size_t index = architecture.index(id);
  if (index == architecture.nodes.size())
    throw std::invalid_argument("architecture: no node has the id " + printable(id));
  return inference.shapes[index];
}

}  // namespace detail

std::optional<std::string> find_fault(const Architecture& architecture) {
  if (const auto inference = detail::infer(architecture); inference.fault)
    return inference.fault->text;
  return std::nullopt;
}

void validate(const Architecture& architecture) {
  if (const auto fault = find_fault(architecture)) throw std::invalid_argument(*fault);
}

std::vector<Shape> infer_shapes(const Architecture& architecture) {
  auto inference = detail::infer(architecture);
  if (inference.fault) throw std::invalid_argument(inference.fault->text);
  return std::move(inference.shapes);
}

std::map<std::string, Shape, std::less<>> shapes_by_id(const Architecture& architecture) {
  const auto shapes = infer_shapes(architecture);
  std::map<std::string, Shape, std::less<>> by_id{{std::string{kInput}, architecture.input}};
  for (std::size_t i = 0; i < shapes.size(); ++i)
    by_id.emplace(architecture.nodes[i].id, shapes[i]);
  return by_id;
}

}  // namespace lamarck::nn
