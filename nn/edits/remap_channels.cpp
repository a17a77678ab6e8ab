// A group's channels copied, dropped or put in another order: makers, carriers and readers follow.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "nn/edits/channels.hpp"
#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn {
namespace {

// Index map of a whole axis when the stretch [offset, offset + channels * repeat) of it is
// remapped.
struct AxisMap {
  std::vector<int> source;
  std::vector<float> share;
};
AxisMap axis_map(int axis, const ChannelUse& use, int channels, const std::vector<int>& source,
                 const std::vector<float>& share) {
  AxisMap map;
  const auto keep = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      map.source.push_back(i);
      map.share.push_back(1.0F);
    }
  };
  keep(0, use.offset);
  for (std::size_t j = 0; j < source.size(); ++j)
    for (int r = 0; r < use.repeat; ++r) {
      map.source.push_back(use.offset + source[j] * use.repeat + r);
      map.share.push_back(share[j]);
    }
  keep(use.offset + channels * use.repeat, axis);
  return map;
}

// Per-channel vectors of a node, and its weight's rows, follow where the group's channels are
// theirs.
void remap_rows(Weights& weights, const ChannelUse& use, int channels,
                const std::vector<int>& source) {
  const std::vector<float> whole(source.size(), 1.0F);
  for (const char* name :
       {".weight", ".bias", ".norm.scale", ".norm.shift", ".norm.mean", ".norm.variance", ".gate"})
    if (const auto found = weights.find(use.node + name); found != weights.end())
      found->second = detail::taken(
          found->second, 0, axis_map(found->second.shape[0], use, channels, source, whole).source);
}

// Columns of a grouped convolution count from their group's first channel.
Tensor grouped_columns(const Tensor& weight, int groups, const std::vector<int>& source,
                       const std::vector<float>& share) {
  const int per_group = weight.shape[1];
  const int new_per_group = static_cast<int>(source.size()) / groups;
  std::vector<int> shape = weight.shape;
  shape[1] = new_per_group;
  Tensor result{shape};
  const std::size_t window =
      static_cast<std::size_t>(shape[2]) * static_cast<std::size_t>(shape[3]);
  const int rows_per_group = shape[0] / groups;
  for (int row = 0; row < shape[0]; ++row) {
    const int group = row / rows_per_group;
    for (int column = 0; column < new_per_group; ++column) {
      const auto j = static_cast<std::size_t>(group * new_per_group + column);
      const int from = source[j] - group * per_group;
      for (std::size_t k = 0; k < window; ++k)
        result.data[static_cast<std::size_t>(row * new_per_group + column) * window + k] =
            share[j] * weight.data[static_cast<std::size_t>(row * per_group + from) * window + k];
    }
  }
  return result;
}

void check(const ChannelGroup& group, const std::vector<int>& source,
           const std::vector<float>& share) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(fmt::format(
        "channels of {}: {}", group.makers.empty() ? "the input" : group.makers.front(), what));
  };
  if (group.fixed)
    fail("they are those of the input or output, or tied to them, and may not change");
  if (source.empty() || source.size() != share.size())
    fail("at least one must stay, each with its share");
  const auto size = static_cast<int>(source.size());
  if (size % group.multiple != 0)
    fail(fmt::format("{} is no multiple of {}", size, group.multiple));
  for (int j = 0; j < size; ++j) {
    const int from = source[static_cast<std::size_t>(j)];
    if (from < 0 || from >= group.channels) fail(fmt::format("there is no channel {}", from));
    if (from / (group.channels / group.multiple) != j / (size / group.multiple))
      fail("a channel may not leave its convolution group");
  }
}

}  // namespace

void resize_channels(Architecture& architecture, const ChannelGroup& group, int channels) {
  for (const std::string& maker : group.makers) {
    Node& node = architecture.node(maker);
    if (auto* conv = std::get_if<Conv>(&node.op)) conv->out = channels;
    if (auto* dense = std::get_if<Dense>(&node.op)) dense->out = channels;
  }
  for (const ChannelUse& use : group.carriers)
    if (auto* conv = std::get_if<Conv>(&architecture.node(use.node).op)) {
      const auto more = (std::int64_t{channels} - group.channels) * use.repeat;
      conv->out = conv->groups = static_cast<int>(
          std::min<std::int64_t>(conv->out + more, std::numeric_limits<int>::max()));
    }
}

void remap_channels(Architecture& architecture, Weights* weights, const ChannelGroup& group,
                    const std::vector<int>& source, const std::vector<float>& share) {
  check(group, source, share);
  resize_channels(architecture, group, static_cast<int>(source.size()));
  if (!weights) return;
  for (const std::string& maker : group.makers)
    remap_rows(*weights, {.node = maker}, group.channels, source);
  // One node may hold the group's channels at several offsets: the last first, so that offsets stay
  // true.
  const auto last_first = [](std::vector<ChannelUse> uses) {
    std::stable_sort(uses.begin(), uses.end(),
                     [](const auto& a, const auto& b) { return a.offset > b.offset; });
    return uses;
  };
  for (const ChannelUse& use : last_first(group.carriers))
    remap_rows(*weights, use, group.channels, source);
  for (const ChannelUse& use : last_first(group.readers)) {
    const auto found = weights->find(use.node + ".weight");
    if (found == weights->end()) continue;
    const auto* conv = std::get_if<Conv>(&architecture.node(use.node).op);
    if (conv && conv->groups > 1) {
      found->second = grouped_columns(found->second, conv->groups, source, share);
      continue;
    }
    const AxisMap map = axis_map(found->second.shape[1], use, group.channels, source, share);
    found->second = detail::taken(found->second, 1, map.source, map.share);
  }
}

}  // namespace lamarck::nn
