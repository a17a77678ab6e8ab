// narrow SITE to=N: fewer channels in the group that SITE makes. The least important go
// (detail/importance.hpp says what counts); without weights the last.
#include <algorithm>
#include <numeric>

#include "nn/edits/channels.hpp"
#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/importance.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

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

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"to"});
  const ChannelGroup group = group_at(architecture, edit);
  const int to = int_argument(edit, "to");
  if (group.fixed) refuse(edit, "its channels are tied to the input or the output");
  if (to < least(architecture, group) || to >= group.channels || to % group.multiple != 0)
    refuse(edit, "expected " + std::to_string(least(architecture, group)) + " to " +
                     std::to_string(group.channels - 1) + " channels, a multiple of " +
                     std::to_string(group.multiple));
  std::vector<double> score(static_cast<std::size_t>(group.channels));
  if (weights)
    score = channel_importance(architecture, *weights, group);
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

// None where a depthwise layer got down to one channel: it is an ordinary convolution then.
std::optional<Edit> inverse(const Architecture& before, const Edit& edit) {
  const ChannelGroup group = group_at(before, edit);
  Architecture there = before;
  resize_channels(there, group, int_argument(edit, "to"));
  Architecture back = there;
  resize_channels(back, group_at(there, edit), group.channels);
  if (back != before) return std::nullopt;
  return Edit{.kind = "widen", .site = edit.site, .args = {{"to", std::to_string(group.channels)}}};
}

}  // namespace

const EditKind kNarrow{
    "narrow", "fewer channels, the least important dropped", Effect::approximate, sites, apply,
    inverse};

}  // namespace lamarck::nn::detail
