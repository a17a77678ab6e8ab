#include "nn/edits/detail/importance.hpp"

#include <algorithm>
#include <cmath>

namespace lamarck::nn::detail {
namespace {

using Strengths = std::vector<double>;  // one a channel of the group

double square_sum(const float* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

// What a node does to channel k in its own rows: filter, scale, gate; the mean where a channel
// stands for several elements.
Strengths row_strengths(const Weights& weights, const ChannelUse& use, std::size_t channels) {
  Strengths strengths(channels, 1.0);
  const auto repeat = static_cast<std::size_t>(use.repeat);
  for (const char* name : {".weight", ".norm.scale", ".gate"}) {
    const auto found = weights.find(use.node + name);
    if (found == weights.end()) continue;
    const Tensor& tensor = found->second;
    const std::size_t row = tensor.elements() / static_cast<std::size_t>(tensor.shape[0]);
    for (std::size_t k = 0; k < channels; ++k) {
      double sum = 0;
      for (std::size_t r = 0; r < repeat; ++r)
        sum += std::sqrt(square_sum(
            &tensor.data[(static_cast<std::size_t>(use.offset) + k * repeat + r) * row], row));
      strengths[k] *= sum / static_cast<double>(repeat);
    }
  }
  return strengths;
}

// How strongly a node's columns read channel k. Those of a grouped convolution count from their own
// group's first channel.
Strengths column_strengths(const Architecture& architecture, const Weights& weights,
                           const ChannelUse& use, std::size_t channels) {
  Strengths strengths(channels, 0.0);
  const auto found = weights.find(use.node + ".weight");
  if (found == weights.end()) return strengths;
  const Tensor& weight = found->second;
  const auto* conv = std::get_if<Conv>(&architecture.node(use.node).op);
  const auto groups = static_cast<std::size_t>(conv ? conv->groups : 1);
  const auto columns = static_cast<std::size_t>(weight.shape[1]);
  const std::size_t rows = static_cast<std::size_t>(weight.shape[0]) / groups;
  const std::size_t window =
      static_cast<std::size_t>(weight.shape[2]) * static_cast<std::size_t>(weight.shape[3]);
  const auto repeat = static_cast<std::size_t>(use.repeat);
  for (std::size_t k = 0; k < channels; ++k) {
    const std::size_t first = static_cast<std::size_t>(use.offset) + k * repeat;
    const std::size_t group = first / columns;
    double sum = 0;
    for (std::size_t row = group * rows; row < (group + 1) * rows; ++row)
      sum += square_sum(&weight.data[(row * columns + first % columns) * window], repeat * window);
    strengths[k] = std::sqrt(sum);
  }
  return strengths;
}

void add_to(Strengths& sum, const Strengths& more) {
  if (sum.empty()) sum.resize(more.size(), 0.0);
  for (std::size_t k = 0; k < more.size(); ++k) sum[k] += more[k];
}
void multiply_by(Strengths& product, const Strengths& factors) {
  for (std::size_t k = 0; k < factors.size(); ++k) product[k] *= factors[k];
}

bool layer(const Operation& op) {
  return std::holds_alternative<Conv>(op) || std::holds_alternative<Dense>(op);
}

}  // namespace

std::vector<double> channel_importance(const Architecture& architecture, const Weights& weights,
                                       const ChannelGroup& group) {
  const auto channels = static_cast<std::size_t>(group.channels);
  Strengths importance(channels, 0.0);
  std::map<std::string, Strengths, std::less<>> flows;  // of tensors that hold the group's channels
  for (const Node& node : architecture.nodes) {
    for (const ChannelUse& use : group.readers) {
      const auto flow = use.node == node.id ? flows.find(node.inputs[use.input]) : flows.end();
      if (flow == flows.end()) continue;
      Strengths read = column_strengths(architecture, weights, use, channels);
      multiply_by(read, flow->second);
      add_to(importance, read);
    }
    if (std::find(group.makers.begin(), group.makers.end(), node.id) != group.makers.end()) {
      flows[node.id] = row_strengths(weights, {.node = node.id}, channels);
      continue;
    }
    Strengths factor;  // the mean over the places where it carries the group
    double places = 0;
    for (const ChannelUse& use : group.carriers)
      if (use.node == node.id) {
        add_to(factor, row_strengths(weights, use, channels));
        ++places;
      }
    if (layer(node.op) && places == 0) continue;  // reads it or has nothing to do with it
    const std::size_t inputs =
        std::holds_alternative<Scale>(node.op) ? 1 : node.inputs.size();  // the gate is open
    Strengths flow;
    for (std::size_t i = 0; i < inputs; ++i)
      if (const auto from = flows.find(node.inputs[i]); from != flows.end())
        add_to(flow, from->second);
    if (flow.empty()) continue;
    for (double& f : factor) f /= places;
    multiply_by(flow, factor);
    flows[node.id] = std::move(flow);
  }
  return importance;
}

}  // namespace lamarck::nn::detail
