#include "nn/edits/channels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>

#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn {
namespace {

// A stretch of a tensor's channels: those of one class, each standing for `repeat` elements.
struct Segment {
  int channel_class = 0;
  int repeat = 1;
};
using Segments = std::vector<Segment>;

// Classes of channels that live together, united as the graph is walked.
class Solver {
 public:
  explicit Solver(const Architecture& architecture) : architecture_{architecture} {
    shapes_ = shapes_by_id(architecture);
    segments_[std::string{kInput}] = {{fresh(architecture.input.channels), 1}};
    fix(segments_.begin()->second);
    for (const Node& node : architecture.nodes) {
      std::vector<Segments> inputs;
      for (const auto& id : node.inputs) inputs.push_back(segments_.at(id));
      node_ = &node;
      segments_[node.id] = std::visit([&](const auto& op) { return walk(op, inputs); }, node.op);
    }
    fix(segments_.at(architecture.output()));
  }

  [[nodiscard]] std::vector<ChannelGroup> groups() {
    std::map<int, std::size_t> index;
    std::vector<ChannelGroup> result;
    const auto group_of = [&](int channel_class) -> ChannelGroup& {
      const int root = find(channel_class);
      const auto [at, is_new] = index.try_emplace(root, result.size());
      if (is_new) {
        result.emplace_back();
        result.back().channels = sizes_[static_cast<std::size_t>(root)];
      }
      return result[at->second];
    };
    for (const auto& [channel_class, maker] : makers_)
      group_of(channel_class).makers.push_back(maker);
    for (auto& [channel_class, use] : carriers_) group_of(channel_class).carriers.push_back(use);
    for (auto& [channel_class, use] : readers_) group_of(channel_class).readers.push_back(use);
    for (const auto& [channel_class, multiple] : multiples_) {
      ChannelGroup& group = group_of(channel_class);
      group.multiple = std::lcm(group.multiple, multiple);
    }
    for (const int channel_class : fixed_) group_of(channel_class).fixed = true;
    return result;
  }

 private:
  int fresh(int channels) {
    parents_.push_back(static_cast<int>(parents_.size()));
    sizes_.push_back(channels);
    return parents_.back();
  }
  int find(int c) {
    while (parents_[static_cast<std::size_t>(c)] != c) c = parents_[static_cast<std::size_t>(c)];
    return c;
  }
  int size(int c) { return sizes_[static_cast<std::size_t>(find(c))]; }
  void fix(const Segments& segments) {
    for (const Segment& s : segments) fixed_.push_back(s.channel_class);
  }
  Segments made(int channels) {
    const int made = fresh(channels);
    makers_.emplace_back(made, node_->id);
    return {{made, 1}};
  }
  void use(std::vector<std::pair<int, ChannelUse>>& list, const Segments& segments,
           std::size_t input) {
    int offset = 0;
    for (const Segment& s : segments) {
      list.push_back({s.channel_class,
                      {.node = node_->id, .offset = offset, .repeat = s.repeat, .input = input}});
      offset += size(s.channel_class) * s.repeat;
    }
  }
  // Channels of both, pairwise, become one; where they do not pair up, none of them may change.
  void unite(const Segments& a, const Segments& b) {
    bool pairs = a.size() == b.size();
    for (std::size_t i = 0; pairs && i < a.size(); ++i)
      pairs = size(a[i].channel_class) == size(b[i].channel_class) && a[i].repeat == b[i].repeat;
    if (!pairs) {
      fix(a);
      fix(b);
      return;
    }
    for (std::size_t i = 0; i < a.size(); ++i)
      parents_[static_cast<std::size_t>(find(b[i].channel_class))] = find(a[i].channel_class);
  }

  Segments walk(const Conv& conv, const std::vector<Segments>& in) {
    const int channels = shapes_.at(node_->inputs[0]).channels;
    if (conv.groups == 1) {
      use(readers_, in[0], 0);
      return made(conv.out);
    }
    if (conv.groups == channels && conv.out == channels) {  // depthwise: channels pass through
      use(carriers_, in[0], 0);
      return in[0];
    }
    if (conv.groups < channels && in[0].size() == 1 && in[0][0].repeat == 1) {
      use(readers_, in[0], 0);
      Segments out = made(conv.out);
      multiples_.emplace_back(in[0][0].channel_class, conv.groups);
      multiples_.emplace_back(out[0].channel_class, conv.groups);
      return out;
    }
    // Several filters a channel, or groups across a concatenation: left alone.
    fix(in[0]);
    use(readers_, in[0], 0);
    Segments out = made(conv.out);
    fix(out);
    return out;
  }
  Segments walk(const Dense& dense, const std::vector<Segments>& in) {
    use(readers_, in[0], 0);
    return made(dense.out);
  }
  Segments walk(const Add&, const std::vector<Segments>& in) {
    for (std::size_t i = 1; i < in.size(); ++i) unite(in[0], in[i]);
    return in[0];
  }
  Segments walk(const Concat&, const std::vector<Segments>& in) {
    Segments all;
    for (const Segments& one : in) all.insert(all.end(), one.begin(), one.end());
    return all;
  }
  Segments walk(const Scale&, const std::vector<Segments>& in) {
    if (in.size() > 1)
      unite(in[0], in[1]);
    else
      use(carriers_, in[0], 0);
    return in[0];
  }
  Segments walk(const BatchNorm&, const std::vector<Segments>& in) {
    use(carriers_, in[0], 0);
    return in[0];
  }
  Segments walk(const Flatten&, const std::vector<Segments>& in) {
    const Shape& shape = shapes_.at(node_->inputs[0]);
    Segments out = in[0];
    for (Segment& s : out) s.repeat *= shape.height * shape.width;
    return out;
  }
  Segments walk(const Softmax&, const std::vector<Segments>& in) {
    fix(in[0]);
    return in[0];
  }
  template <class Op>
  Segments walk(const Op&, const std::vector<Segments>& in) {
    return in[0];
  }

  const Architecture& architecture_;
  std::map<std::string, Shape, std::less<>> shapes_;
  std::map<std::string, Segments, std::less<>> segments_;
  const Node* node_ = nullptr;
  std::vector<int> parents_, sizes_, fixed_;
  std::vector<std::pair<int, std::string>> makers_;
  std::vector<std::pair<int, ChannelUse>> carriers_, readers_;
  std::vector<std::pair<int, int>> multiples_;
};

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

// Per-channel vectors of a node, and its weight's rows, follow `source`.
void remap_rows(Weights& weights, const std::string& node, const std::vector<int>& source) {
  for (const char* name :
       {".weight", ".bias", ".norm.scale", ".norm.shift", ".norm.mean", ".norm.variance", ".gate"})
    if (const auto found = weights.find(node + name); found != weights.end())
      found->second = detail::taken(found->second, 0, source);
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

std::vector<ChannelGroup> channel_groups(const Architecture& architecture) {
  return Solver{architecture}.groups();
}

std::optional<ChannelGroup> group_made_by(const Architecture& architecture,
                                          const std::string& node) {
  for (auto& group : channel_groups(architecture))
    if (std::find(group.makers.begin(), group.makers.end(), node) != group.makers.end())
      return std::move(group);
  return std::nullopt;
}

void remap_channels(Architecture& architecture, Weights* weights, const ChannelGroup& group,
                    const std::vector<int>& source, const std::vector<float>& share) {
  check(group, source, share);
  const auto size = static_cast<int>(source.size());
  for (const std::string& maker : group.makers) {
    Node& node = architecture.node(maker);
    if (auto* conv = std::get_if<Conv>(&node.op)) conv->out = size;
    if (auto* dense = std::get_if<Dense>(&node.op)) dense->out = size;
    if (weights) remap_rows(*weights, maker, source);
  }
  // One node may hold the group's channels at several offsets: the last first, so that offsets stay
  // true.
  const auto last_first = [](std::vector<ChannelUse> uses) {
    std::stable_sort(uses.begin(), uses.end(),
                     [](const auto& a, const auto& b) { return a.offset > b.offset; });
    return uses;
  };
  for (const ChannelUse& use : last_first(group.carriers)) {
    Node& node = architecture.node(use.node);
    int axis = 0;
    if (auto* conv = std::get_if<Conv>(&node.op)) {
      axis = conv->out;
      conv->out = conv->groups = conv->out + (size - group.channels) * use.repeat;
    } else if (weights) {
      const auto found = weights->find(
          use.node + (std::holds_alternative<Scale>(node.op) ? ".gate" : ".norm.scale"));
      if (found != weights->end()) axis = found->second.shape[0];
    }
    if (weights)
      remap_rows(*weights, use.node, axis_map(axis, use, group.channels, source, share).source);
  }
  if (!weights) return;
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
