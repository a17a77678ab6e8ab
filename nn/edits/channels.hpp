// The channel dependency graph: which channels of which nodes must be added or dropped together.
// Solved once here for residual adds, concat offsets, depthwise and grouped convolutions, flatten
// into dense, squeeze-excite gates; used by every edit that changes a width.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nn/model.hpp"

namespace lamarck::nn {

/// Channels of one group inside one node's input or output.
struct ChannelUse {
  std::string node;
  int offset = 0;  ///< first channel of the group in the node's channel order (concat shifts it)
  int repeat = 1;  ///< consecutive input elements a channel stands for (h * w after a flatten)
  std::size_t input = 0;  ///< which of the node's inputs, for readers
};

/// A set of channels that lives and dies together. Channel k of the group is made by every maker
/// and read by every reader.
struct ChannelGroup {
  int channels = 0;
  std::vector<std::string> makers;  ///< conv or dense nodes whose `out` it is
  std::vector<ChannelUse>
      carriers;  ///< nodes it passes through with per-channel state: norms, depthwise convs, gates
  std::vector<ChannelUse> readers;  ///< conv and dense nodes that sum over it
  int multiple = 1;    ///< its size must stay a multiple of this (grouped convolutions)
  bool fixed = false;  ///< includes the network's input or output: may not change
};

[[nodiscard]] std::vector<ChannelGroup> channel_groups(const Architecture& architecture);
/// The group that `node` makes; nothing for nodes that make none.
[[nodiscard]] std::optional<ChannelGroup> group_made_by(const Architecture& architecture,
                                                        const std::string& node);

/// The architecture's part of remap_channels: widths, and the groups of depthwise carriers. Checks
/// nothing.
void resize_channels(Architecture& architecture, const ChannelGroup& group, int channels);

/// New channel j of the group is old channel source[j] (each at least once or never: a permutation,
/// a selection or a split). Makers copy their rows; readers take column source[j] times share[j] (1
/// / number of copies keeps the function). Depthwise carriers, norms and gates follow. Updates
/// `out` and `groups`. \throws std::invalid_argument for a fixed group, an empty selection or an
/// index out of range
void remap_channels(Architecture& architecture, Weights* weights, const ChannelGroup& group,
                    const std::vector<int>& source, const std::vector<float>& share);

}  // namespace lamarck::nn
