#include "nn/edits/channels.hpp"

#include <algorithm>
#include <numeric>

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

}  // namespace lamarck::nn
