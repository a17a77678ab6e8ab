#include <fmt/format.h>

#include <array>

#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::nn {
namespace {

std::string number(const Extent& extent) {
  if (extent.height == extent.width) return fmt::format("{}", extent.height);
  return fmt::format("[{}, {}]", extent.height, extent.width);
}
std::string number(const Padding& pad) {
  if (pad.top == pad.bottom && pad.left == pad.right) return number(Extent{pad.top, pad.left});
  return fmt::format("[{}, {}, {}, {}]", pad.top, pad.left, pad.bottom, pad.right);
}

/// An id as YAML, in quotes where it would be read as something else than a plain word.
std::string word(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  bool plain = !text.empty() && (letter(text[0]) || text[0] == '_');
  for (const char c : text)
    plain = plain && (letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.');
  for (const char* taken : {"null", "Null", "NULL", "true", "false", "yes", "no", "on", "off"})
    plain = plain && text != taken;
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted += std::string{"\\"} + c;
    else if (static_cast<unsigned char>(c) < ' ')
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + "\"";
}

/// `key: {a: 1, b: 2}`, written option by option.
class Options {
 public:
  template <class T>
  void add(std::string_view key, const T& value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  template <class T>
  void add_unless(std::string_view key, const T& value, const T& usual) {
    if (value != usual) add(key, value);
  }
  void add_bias(const std::optional<bool>& bias) {
    if (bias) add("bias", *bias);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string after(Norm norm, Activation act) {
  std::string text;
  if (norm == Norm::batch) text += ", norm: batch";
  if (act != Activation::identity) text += fmt::format(", act: {}", name(act));
  return text;
}

template <class Pool>
std::string pool_options(const Pool& pool) {
  Options options;
  options.add("kernel", number(pool.kernel));
  if (pool.stride) options.add("stride", number(*pool.stride));
  if (pool.pad != Padding{}) options.add("pad", number(pool.pad));
  return options.text();
}

struct Writer {
  std::string operator()(const Conv& conv) const {
    Options options;
    options.add("out", conv.out);
    options.add("kernel", number(conv.kernel));
    if (conv.stride != Extent{}) options.add("stride", number(conv.stride));
    if (conv.pad) options.add("pad", number(*conv.pad));
    if (conv.dilation != Extent{}) options.add("dilation", number(conv.dilation));
    options.add_unless("groups", conv.groups, 1);
    options.add_bias(conv.bias);
    return fmt::format("conv: {{{}}}{}", options.text(), after(conv.norm, conv.act));
  }
  std::string operator()(const Dense& dense) const {
    Options options;
    options.add("out", dense.out);
    options.add_bias(dense.bias);
    return fmt::format("dense: {{{}}}{}", options.text(), after(dense.norm, dense.act));
  }
  std::string operator()(const MaxPool& pool) const {
    return fmt::format("max_pool: {{{}}}", pool_options(pool));
  }
  std::string operator()(const AvgPool& pool) const {
    return fmt::format("avg_pool: {{{}}}", pool_options(pool));
  }
  std::string operator()(const GlobalAvgPool&) const { return "global_avg_pool: {}"; }
  std::string operator()(const Add& add) const {
    return "add" + inputs + after(Norm::none, add.act);
  }
  std::string operator()(const Concat&) const { return "concat" + inputs; }
  std::string operator()(const Scale& scale) const {
    Options options;
    options.add_unless("init", scale.init, Scale{}.init);
    return fmt::format("scale: {{{}}}", options.text());
  }
  std::string operator()(const Activate& activate) const {
    return fmt::format("activation: {}", name(activate.act));
  }
  std::string operator()(const BatchNorm& norm) const {
    return "batch_norm: {}" + after(Norm::none, norm.act);
  }
  std::string operator()(const Dropout& dropout) const {
    return fmt::format("dropout: {{rate: {}}}", dropout.rate);
  }
  std::string operator()(const Flatten&) const { return "flatten: {}"; }
  std::string operator()(const Softmax&) const { return "softmax: {}"; }

  std::string inputs = {};  ///< `: [a, b]` for add and concat
};

std::string list(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + word(id);
  return "[" + text + "]";
}

std::string line(const Node& node, const std::string& before) {
  std::string text = fmt::format("  - {{id: {}, ", word(node.id));
  if (std::holds_alternative<Add>(node.op) || std::holds_alternative<Concat>(node.op))
    return text + std::visit(Writer{": " + list(node.inputs)}, node.op) + "}\n";
  if (node.inputs != std::vector{before})
    text += fmt::format("from: {}, ",
                        node.inputs.size() == 1 ? word(node.inputs[0]) : list(node.inputs));
  return text + to_text(node.op) + "}\n";
}

std::string gene_line(const TrainingGenes& genes) {
  Options options;
  if (genes.optimizer) options.add("optimizer", word(*genes.optimizer));
  if (genes.rate) options.add("rate", *genes.rate);
  if (genes.weight_decay) options.add("weight_decay", *genes.weight_decay);
  if (genes.label_smoothing) options.add("label_smoothing", *genes.label_smoothing);
  return options.text().empty() ? "" : fmt::format("train: {{{}}}\n", options.text());
}

}  // namespace

std::string to_text(const Operation& operation) {
  return operation.valueless_by_exception() ? "nothing" : std::visit(Writer{}, operation);
}

std::string to_yaml(const Architecture& architecture) {
  Options input;
  input.add("channels", architecture.input.channels);
  if (architecture.input.height != 1 || architecture.input.width != 1) {
    input.add("height", architecture.input.height);
    input.add("width", architecture.input.width);
  }
  std::string text = fmt::format("input: {{{}}}\nnodes:{}\n", input.text(),
                                 architecture.nodes.empty() ? " []" : "");
  std::string before{kInput};
  for (const Node& node : architecture.nodes) {
    text += line(node, before);
    before = node.id;
  }
  return text + gene_line(architecture.genes);
}

}  // namespace lamarck::nn
