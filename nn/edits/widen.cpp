// widen SITE to=N [noise=D]: more channels in the group that SITE makes. New channels are copies;
// the columns that read a channel share its weight among the copies, so the function stays the
// same. `noise` (relative deviation) makes the shares of the copies unequal at random, still adding
// up to one, so that training can tell them apart.
//
// Source: T. Chen, I. Goodfellow, J. Shlens, "Net2Net", ICLR 2016.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/edits/channels.hpp"
#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  for (const ChannelGroup& group : channel_groups(architecture)) {
    if (group.fixed || group.makers.empty()) continue;
    const int step = std::lcm(options.channel_step, group.multiple);
    int last = group.channels;
    for (const double factor : {1.25, 1.5, 2.0}) {
      const int to = static_cast<int>(std::ceil(group.channels * factor / step)) * step;
      if (to <= last || to > options.max_channels) continue;
      edits.push_back(
          {.kind = "widen", .site = group.makers.front(), .args = {{"to", std::to_string(to)}}});
      last = to;
    }
  }
  return edits;
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"to", "noise"});
  const ChannelGroup group = group_at(architecture, edit);
  const int to = int_argument(edit, "to");
  const double noise = number_argument(edit, "noise", 0.0);
  if (group.fixed) refuse(edit, "its channels are tied to the input or the output");
  if (to <= group.channels || to % group.multiple != 0)
    refuse(edit, "expected more than " + std::to_string(group.channels) +
                     " channels, a multiple of " + std::to_string(group.multiple));
  if (!(noise >= 0 && noise < 1)) refuse(edit, "noise must be in [0, 1)");
  Architecture wider = architecture;
  resize_channels(wider, group, to);
  if (const auto fault = find_fault(wider)) refuse(edit, *fault);

  // Convolution groups grow alike: each keeps its channels and copies some of them, drawn at
  // random.
  Random random{edit.seed, "widen"};
  const int old_block = group.channels / group.multiple;
  const int new_block = to / group.multiple;
  std::vector<int> source;
  for (int block = 0; block < group.multiple; ++block) {
    std::vector<int> order(static_cast<std::size_t>(old_block));
    std::iota(order.begin(), order.end(), block * old_block);
    source.insert(source.end(), order.begin(), order.end());
    for (int extra = old_block; extra < new_block; ++extra) {
      const auto turn = static_cast<std::size_t>((extra - old_block) % old_block);
      if (turn == 0) random.shuffle(order);  // every channel once before any twice
      source.push_back(order[turn]);
    }
  }
  std::vector<double> raw(source.size());
  std::vector<double> sums(static_cast<std::size_t>(group.channels), 0.0);
  for (std::size_t j = 0; j < source.size(); ++j) {
    raw[j] = 1.0 + noise * random.uniform(-1, 1);
    sums[static_cast<std::size_t>(source[j])] += raw[j];
  }
  std::vector<float> share(source.size());
  for (std::size_t j = 0; j < source.size(); ++j)
    share[j] = static_cast<float>(raw[j] / sums[static_cast<std::size_t>(source[j])]);
  remap_channels(architecture, weights, group, source, share);
}

std::optional<Edit> inverse(const Architecture& before, const Edit& edit) {
  return Edit{.kind = "narrow",
              .site = edit.site,
              .args = {{"to", std::to_string(group_at(before, edit).channels)}}};
}

}  // namespace

const EditKind kWiden{"widen",       "more channels, copies that share their outgoing weights",
                      Effect::equal, sites,
                      apply,         inverse};

}  // namespace lamarck::nn::detail
