// narrow SITE to=N: fewer channels in the group that SITE makes. The least important go; without
// weights the last. A channel's importance is the L2 norm of the filters that make it, times the
// scale that normalises it, times the norm of the columns that read it.
//
// Source: H. Li et al., "Pruning filters for efficient ConvNets", ICLR 2017; Z. Liu et al.,
// "Network slimming", ICCV 2017.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/edits/channels.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

ChannelGroup group_at(const Architecture& architecture, const Edit& edit) {
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
  auto group = group_made_by(architecture, edit.site);
  if (!group) refuse(edit, "it makes no channels");
  return *group;
}

// A grouped convolution keeps two input channels a group: with one it would be another operation.
int least(const Architecture& architecture, const ChannelGroup& group) {
  const bool grouped =
      std::any_of(group.readers.begin(), group.readers.end(), [&](const ChannelUse& use) {
        const auto* conv = std::get_if<Conv>(&architecture.node(use.node).op);
        return conv && conv->groups > 1;
      });
  return grouped ? 2 * group.multiple : 1;
}

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  for (const ChannelGroup& group : channel_groups(architecture)) {
    if (group.fixed || group.makers.empty()) continue;
    const int step = std::lcm(options.channel_step, group.multiple);
    int last = group.channels;
    for (const double factor : {0.75, 0.5}) {
      const int to = std::max(step, static_cast<int>(group.channels * factor / step) * step);
      if (to >= last || to < least(architecture, group)) continue;
      edits.push_back(
          {.kind = "narrow", .site = group.makers.front(), .args = {{"to", std::to_string(to)}}});
      last = to;
    }
  }
  return edits;
}

double norm(const float* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return std::sqrt(sum);
}

// How strongly a node makes each channel.
std::vector<double> made_by(const Weights& weights, const std::string& maker,
                            std::size_t channels) {
  std::vector<double> strength(channels, 1.0);
  const auto weight = weights.find(maker + ".weight");
  if (weight == weights.end()) return strength;
  const std::size_t row = weight->second.elements() / channels;
  const auto scale = weights.find(maker + ".norm.scale");
  for (std::size_t k = 0; k < channels; ++k) {
    strength[k] = norm(&weight->second.data[k * row], row);
    if (scale != weights.end()) strength[k] *= std::abs(static_cast<double>(scale->second.data[k]));
  }
  return strength;
}

// How strongly a node reads each channel.
std::vector<double> read_by(const Weights& weights, const ChannelUse& use, std::size_t channels) {
  std::vector<double> strength(channels, 0.0);
  const auto found = weights.find(use.node + ".weight");
  if (found == weights.end()) return strength;
  const Tensor& weight = found->second;
  const auto columns = static_cast<std::size_t>(weight.shape[1]);
  const std::size_t window =
      static_cast<std::size_t>(weight.shape[2]) * static_cast<std::size_t>(weight.shape[3]);
  const auto repeat = static_cast<std::size_t>(use.repeat);
  for (int row = 0; row < weight.shape[0]; ++row)
    for (std::size_t k = 0; k < channels; ++k) {
      const std::size_t column = static_cast<std::size_t>(use.offset) + k * repeat;
      if (column + repeat > columns)
        continue;  // a grouped convolution: its columns are its own group's
      const float* from = &weight.data[(static_cast<std::size_t>(row) * columns + column) * window];
      const double n = norm(from, repeat * window);
      strength[k] += n * n;
    }
  for (double& s : strength) s = std::sqrt(s);
  return strength;
}

std::vector<double> importance(const Weights& weights, const ChannelGroup& group) {
  const auto channels = static_cast<std::size_t>(group.channels);
  std::vector<double> made(channels, 0.0);
  for (const std::string& maker : group.makers) {
    const auto strength = made_by(weights, maker, channels);
    for (std::size_t k = 0; k < channels; ++k) made[k] += strength[k];
  }
  std::vector<double> read(channels, group.readers.empty() ? 1.0 : 1e-12);
  for (const ChannelUse& use : group.readers) {
    const auto strength = read_by(weights, use, channels);
    for (std::size_t k = 0; k < channels; ++k) read[k] += strength[k];
  }
  for (std::size_t k = 0; k < channels; ++k) made[k] *= read[k];
  return made;
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  const ChannelGroup group = group_at(architecture, edit);
  const int to = int_argument(edit, "to");
  if (group.fixed) refuse(edit, "its channels are tied to the input or the output");
  if (to < least(architecture, group) || to >= group.channels || to % group.multiple != 0)
    refuse(edit, "expected " + std::to_string(least(architecture, group)) + " to " +
                     std::to_string(group.channels - 1) + " channels, a multiple of " +
                     std::to_string(group.multiple));
  std::vector<double> score(static_cast<std::size_t>(group.channels));
  if (weights)
    score = importance(*weights, group);
  else
    for (std::size_t k = 0; k < score.size(); ++k) score[k] = -static_cast<double>(k);

  // The best of each convolution group, in their old order.
  const int old_block = group.channels / group.multiple;
  const int new_block = to / group.multiple;
  std::vector<int> kept;
  for (int block = 0; block < group.multiple; ++block) {
    std::vector<int> order(static_cast<std::size_t>(old_block));
    std::iota(order.begin(), order.end(), block * old_block);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return score[static_cast<std::size_t>(a)] > score[static_cast<std::size_t>(b)];
    });
    order.resize(static_cast<std::size_t>(new_block));
    std::sort(order.begin(), order.end());
    kept.insert(kept.end(), order.begin(), order.end());
  }
  remap_channels(architecture, weights, group, kept, std::vector<float>(kept.size(), 1.0F));
}

std::optional<Edit> inverse(const Architecture& before, const Edit& edit) {
  return Edit{.kind = "widen",
              .site = edit.site,
              .args = {{"to", std::to_string(group_at(before, edit).channels)}}};
}

}  // namespace

const EditKind kNarrow{
    "narrow", "fewer channels, the least important dropped", Effect::approximate, sites, apply,
    inverse};

}  // namespace lamarck::nn::detail
