#include "nn/blocks.hpp"

#include <algorithm>
#include <stdexcept>

#include "nn/detail/faults.hpp"

namespace lamarck::nn {
namespace {

std::string add_node(Architecture& architecture, std::string_view stem, Operation op,
                     std::vector<std::string> inputs) {
  std::string id = architecture.fresh_id(stem);
  architecture.nodes.push_back({.id = id, .op = std::move(op), .inputs = std::move(inputs)});
  return id;
}

Conv normed(int out, int kernel, int stride, Activation act) {
  return {.out = out,
          .kernel = {kernel, kernel},
          .stride = {stride, stride},
          .norm = Norm::batch,
          .act = act};
}

/// `from` itself where a block leaves its shape alone, else a 1x1 convolution.
std::string skip(Architecture& architecture, const std::string& from, const std::string& stem,
                 int out, int stride) {
  if (stride == 1 && detail::shape_of(architecture, from).channels == out) return from;
  return add_conv(architecture, from, stem + "_skip", normed(out, 1, stride, Activation::identity));
}

}  // namespace

std::string add_conv(Architecture& architecture, const std::string& from, const std::string& stem,
                     const Conv& conv) {
  return add_node(architecture, stem, conv, {from});
}

std::string add_residual(Architecture& architecture, const std::string& from,
                         const std::string& stem, int out, int stride, Activation act) {
  const auto a = add_conv(architecture, from, stem + "1", normed(out, 3, stride, act));
  const auto b = add_conv(architecture, a, stem + "2", normed(out, 3, 1, Activation::identity));
  const auto shortcut = skip(architecture, from, stem, out, stride);
  return add_node(architecture, stem, Add{.act = act}, {shortcut, b});
}

std::string add_bottleneck(Architecture& architecture, const std::string& from,
                           const std::string& stem, int out, int middle, int stride,
                           Activation act) {
  const auto a = add_conv(architecture, from, stem + "1", normed(middle, 1, 1, act));
  const auto b = add_conv(architecture, a, stem + "2", normed(middle, 3, stride, act));
  const auto c = add_conv(architecture, b, stem + "3", normed(out, 1, 1, Activation::identity));
  const auto shortcut = skip(architecture, from, stem, out, stride);
  return add_node(architecture, stem, Add{.act = act}, {shortcut, c});
}

std::string add_inverted_residual(Architecture& architecture, const std::string& from,
                                  const std::string& stem, int out, int expansion, int kernel,
                                  int stride, Activation act) {
  if (expansion < 1)
    throw std::invalid_argument("inverted residual: expansion must be at least 1, got " +
                                std::to_string(expansion));
  const int in = detail::shape_of(architecture, from).channels;
  const int middle = in * expansion;
  std::string last = from;
  if (expansion > 1)
    last = add_conv(architecture, last, stem + "_expand", normed(middle, 1, 1, act));
  Conv depthwise = normed(middle, kernel, stride, act);
  depthwise.groups = middle;
  last = add_conv(architecture, last, stem + "_depthwise", depthwise);
  last = add_conv(architecture, last, stem + "_project", normed(out, 1, 1, Activation::identity));
  if (stride != 1 || in != out) return last;
  return add_node(architecture, stem, Add{}, {from, last});
}

std::string add_separable(Architecture& architecture, const std::string& from,
                          const std::string& stem, int out, int kernel, int stride,
                          Activation act) {
  const int in = detail::shape_of(architecture, from).channels;
  Conv depthwise = normed(in, kernel, stride, act);
  depthwise.groups = in;
  const auto a = add_conv(architecture, from, stem + "_depthwise", depthwise);
  return add_conv(architecture, a, stem + "_pointwise", normed(out, 1, 1, act));
}

std::string add_squeeze_excite(Architecture& architecture, const std::string& from,
                               const std::string& stem, int reduction) {
  if (reduction < 1)
    throw std::invalid_argument("squeeze-excite: reduction must be at least 1, got " +
                                std::to_string(reduction));
  const int channels = detail::shape_of(architecture, from).channels;
  const int reduced = std::max(1, channels / reduction);
  const auto a = add_node(architecture, stem + "_squeeze", GlobalAvgPool{}, {from});
  const auto b =
      add_node(architecture, stem + "_reduce", Dense{.out = reduced, .act = Activation::relu}, {a});
  const auto c = add_node(architecture, stem + "_excite",
                          Dense{.out = channels, .act = Activation::sigmoid}, {b});
  return add_node(architecture, stem, Scale{}, {from, c});
}

std::string add_head(Architecture& architecture, const std::string& from, int classes) {
  const auto pooled = add_node(architecture, "pooled", GlobalAvgPool{}, {from});
  return add_node(architecture, "logits", Dense{.out = classes}, {pooled});
}

}  // namespace lamarck::nn
