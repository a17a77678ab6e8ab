#include "nn/network/detail/compile.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "kernels/cpu.hpp"
#include "kernels/image_writer.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {
namespace {

/// Nodes all of whose readers take an image of any shape where the shapes say a vector: dense does,
/// and so do element-wise operations that are themselves read so. Found from the last to the first.
std::set<std::string, std::less<>> read_as_images(const Architecture& architecture) {
  std::set<std::string, std::less<>> images;
  std::set<std::string, std::less<>> vectors{architecture.output()};
  for (auto node = architecture.nodes.rbegin(); node != architecture.nodes.rend(); ++node) {
    if (!vectors.contains(node->id)) images.insert(node->id);
    const bool passes_on = std::holds_alternative<Dropout>(node->op) ||
                           std::holds_alternative<Activate>(node->op) ||
                           std::holds_alternative<Flatten>(node->op);
    const bool takes_images =
        std::holds_alternative<Dense>(node->op) || (passes_on && images.contains(node->id));
    if (!takes_images) vectors.insert(node->inputs.begin(), node->inputs.end());
  }
  return images;
}

/// Operations that take their inputs in bf16, or see to it themselves; the others get f32.
bool knows_bf16(const Operation& op) {
  return std::holds_alternative<Conv>(op) || std::holds_alternative<Dense>(op) ||
         std::holds_alternative<Add>(op) || std::holds_alternative<BatchNorm>(op) ||
         std::holds_alternative<MaxPool>(op);
}

/// The activation at the node's end, where it may end in a normalisation.
std::optional<Activation> after_norm(const Operation& op) {
  if (const auto* conv = std::get_if<Conv>(&op); conv && conv->norm == Norm::batch)
    return conv->act;
  if (const auto* dense = std::get_if<Dense>(&op); dense && dense->norm == Norm::batch)
    return dense->act;
  if (const auto* norm = std::get_if<BatchNorm>(&op)) return norm->act;
  return std::nullopt;
}

/// Nodes that end in a normalisation which the only reader, a sum of two, can take over, with that
/// sum. One of each sum.
std::map<std::string, const Add*, std::less<>> read_by_additions(const Architecture& architecture) {
  std::map<std::string, int, std::less<>> readers;
  for (const Node& node : architecture.nodes)
    for (const std::string& input : node.inputs) ++readers[input];
  std::map<std::string, const Add*, std::less<>> found;
  for (const Node& node : architecture.nodes) {
    const auto* add = std::get_if<Add>(&node.op);
    if (!add || node.inputs.size() != 2) continue;
    for (const std::string& input : node.inputs) {
      if (input == kInput || readers.at(input) != 1) continue;
      if (after_norm(architecture.node(input).op) != Activation::identity) continue;
      found.emplace(input, add);
      break;
    }
  }
  return found;
}

/// Channels side by side in all images: what the CPU likes, or blocks of 8 where blocks of 16 would
/// be padding for a good part, as in a narrow network. One choice for the whole network, so that no
/// two neighbours disagree. oneDNN has bf16 in blocks of 16 alone.
int channel_block(const Architecture& architecture, const NetworkOptions& options) {
  constexpr int kNarrow = 8, kWide = 16;
  if (kernels::preferred_block() != kWide) return kNarrow;
  if (options.precision == kernels::DataType::bf16) return kWide;
  double narrow = 0, wide = 0;  // floats of all images
  for (const Shape& shape : infer_shapes(architecture)) {
    if (shape.height * shape.width == 1) continue;
    const double pixels = 1.0 * shape.height * shape.width;
    const auto padded = [&](int block) { return (shape.channels + block - 1) / block * block; };
    narrow += pixels * padded(kNarrow);
    wide += pixels * padded(kWide);
  }
  constexpr double kMostPadding = 1.25;
  return wide > kMostPadding * narrow ? kNarrow : kWide;
}

Layout plain_input(const Architecture& architecture, const NetworkOptions& options) {
  const Shape& in = architecture.input;
  return Layout::plain({options.batch, in.channels, in.height, in.width});
}

/// With the input in this layout. Where it is plain and need not be, tries again with the layout
/// that the first layers read.
Compiled compile_reading(const Layout& input, const Architecture& architecture,
                         const NetworkOptions& options, const RunState& state) {
  Compiled compiled;
  Builder builder{options,
                  channel_block(architecture, options),
                  compiled.program,
                  compiled.learnt,
                  compiled.statistics,
                  state};
  compiled.input = builder.buffer(input);
  compiled.program.pin(compiled.input);

  const auto images = read_as_images(architecture);
  const auto additions = read_by_additions(architecture);
  std::map<std::string, Var, std::less<>> outputs;
  outputs.emplace(kInput, builder.variable(compiled.input, false));
  for (const Node& node : architecture.nodes) {
    builder.enter(node.id);
    const auto addition = additions.find(node.id);
    Site site{node,
              {},
              images.contains(node.id),
              addition == additions.end() ? nullptr : addition->second};
    for (const std::string& input : node.inputs)
      site.inputs.push_back(knows_bf16(node.op) ? outputs.at(input)
                                                : builder.widened(outputs.at(input)));
    const Var output =
        std::visit([&](const auto& op) { return lower(builder, site, op); }, node.op);
    outputs.emplace(node.id, output);
  }
  if (!options.plain_input && input == plain_input(architecture, options)) {
    const auto wanted = builder.read_as(compiled.input);
    if (wanted && kernels::ImageWriter::writes(*wanted))
      return compile_reading(*wanted, architecture, options, state);
  }

  const Var last = outputs.at(architecture.output());
  const Layout plain = Layout::plain(builder.value(last).layout.dims());
  compiled.output = builder.reordered(builder.value(last), plain);
  compiled.program.pin(compiled.output);
  if (!builder.training()) return compiled;

  compiled.output_gradient = builder.buffer(plain);
  compiled.program.pin(compiled.output_gradient);
  builder.give(last, compiled.output_gradient);
  builder.run_tape();
  return compiled;
}

}  // namespace

Compiled compile(const Architecture& architecture, const NetworkOptions& options,
                 const RunState& state) {
  return compile_reading(plain_input(architecture, options), architecture, options, state);
}

}  // namespace lamarck::nn::detail
