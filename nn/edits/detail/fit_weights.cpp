#include "nn/edits/detail/fit_weights.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn::detail {
namespace {

// Channels that were and are of one origin; {c, h, w} once a flatten has laid an image out.
struct Stretch {
  Shape from, to;
};
using Stretches = std::vector<Stretch>;

bool depthwise(const Conv& conv, const Shape& input) {
  return conv.groups > 1 && conv.groups == input.channels && conv.out == conv.groups;
}

// What became of each tensor's channels.
class Correspondence {
 public:
  Correspondence(const Architecture& before, const Architecture& after)
      : before_{before}, old_shapes_{shapes_by_id(before)}, new_shapes_{shapes_by_id(after)} {
    stretches_[std::string{kInput}] = whole(std::string{kInput}, std::string{kInput});
    for (const Node& node : after.nodes)
      if (before.contains(node.id)) stretches_[node.id] = walk(before.node(node.id), node);
  }

  // Of a node that was and is: what it makes, and what it reads at its first input.
  [[nodiscard]] const Stretches& made(const std::string& id) const { return stretches_.at(id); }
  [[nodiscard]] Stretches read(const Node& now) const {
    return between(partner(before_.node(now.id), now.inputs[0]), now.inputs[0]);
  }

 private:
  [[nodiscard]] Stretches whole(const std::string& was, const std::string& is) const {
    return {{{old_shapes_.at(was).channels, 1, 1}, {new_shapes_.at(is).channels, 1, 1}}};
  }
  // Of two tensors: by origin where they are the same node's, else as a whole.
  [[nodiscard]] Stretches between(const std::string& was, const std::string& is) const {
    const auto found = was == is ? stretches_.find(is) : stretches_.end();
    return found != stretches_.end() ? found->second : whole(was, is);
  }
  // The input of `old` that `input` takes the place of.
  [[nodiscard]] static const std::string& partner(const Node& old, const std::string& input) {
    const auto same = std::find(old.inputs.begin(), old.inputs.end(), input);
    return same != old.inputs.end() ? *same : old.inputs[0];
  }

  [[nodiscard]] Stretches walk(const Node& old, const Node& now) const {
    const bool both_concat =
        std::holds_alternative<Concat>(old.op) && std::holds_alternative<Concat>(now.op);
    if (both_concat && old.inputs.size() == now.inputs.size()) {
      Stretches all;
      for (std::size_t i = 0; i < now.inputs.size(); ++i) {
        const Stretches one = between(old.inputs[i], now.inputs[i]);
        all.insert(all.end(), one.begin(), one.end());
      }
      return all;
    }
    const auto passes = [](const Node& node, const auto& shapes) {
      if (const auto* conv = std::get_if<Conv>(&node.op))
        return depthwise(*conv, shapes.at(node.inputs[0]));
      return !std::holds_alternative<Dense>(node.op) && !std::holds_alternative<Concat>(node.op);
    };
    if (!passes(old, old_shapes_) || !passes(now, new_shapes_)) return whole(old.id, now.id);
    // Of a sum, an input that both have tells most.
    const auto kept =
        std::find_if(now.inputs.begin(), now.inputs.end(), [&](const std::string& input) {
          return std::find(old.inputs.begin(), old.inputs.end(), input) != old.inputs.end();
        });
    const std::string& input = kept != now.inputs.end() ? *kept : now.inputs[0];
    Stretches through = between(partner(old, input), input);
    if (std::holds_alternative<Flatten>(now.op) && std::holds_alternative<Flatten>(old.op)) {
      const auto lay_out = [](Shape& stretch, const Shape& image) {
        if (image.height * image.width == 1) return;
        stretch.height = image.height;
        stretch.width = image.width;
      };
      for (Stretch& s : through) {
        lay_out(s.from, old_shapes_.at(partner(old, input)));
        lay_out(s.to, new_shapes_.at(input));
      }
    }
    return through;
  }

  const Architecture& before_;
  std::map<std::string, Shape, std::less<>> old_shapes_, new_shapes_;
  std::map<std::string, Stretches, std::less<>> stretches_;
};

// One axis, stretch by stretch. Stretches that do not add up to the axis are taken as a whole.
Tensor fitted_stretches(const Tensor& tensor, std::size_t axis, int size, Stretches stretches,
                        float fill) {
  const auto sum = [&](Shape Stretch::*side) {
    return std::accumulate(
        stretches.begin(), stretches.end(), std::int64_t{0},
        [&](std::int64_t total, const Stretch& s) { return total + (s.*side).elements(); });
  };
  if (sum(&Stretch::from) != tensor.shape[axis] || sum(&Stretch::to) != size)
    stretches = {{{tensor.shape[axis], 1, 1}, {size, 1, 1}}};
  const auto product = [&](std::size_t first, std::size_t last) {
    std::size_t total = 1;
    for (std::size_t i = first; i < last; ++i) total *= static_cast<std::size_t>(tensor.shape[i]);
    return total;
  };
  const std::size_t outer = product(0, axis);
  const std::size_t inner = product(axis + 1, tensor.shape.size());
  const auto old_size = static_cast<std::size_t>(tensor.shape[axis]);
  std::vector<int> shape = tensor.shape;
  shape[axis] = size;
  Tensor result{shape, fill};
  std::size_t from = 0;
  std::size_t to = 0;
  const auto place = [](const Shape& s, int c, int y, int x) {
    return (static_cast<std::size_t>(c) * static_cast<std::size_t>(s.height) +
            static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(s.width) +
           static_cast<std::size_t>(x);
  };
  for (const Stretch& s : stretches) {
    for (std::size_t o = 0; o < outer; ++o)
      for (int c = 0; c < std::min(s.from.channels, s.to.channels); ++c)
        for (int y = 0; y < std::min(s.from.height, s.to.height); ++y)
          for (int x = 0; x < std::min(s.from.width, s.to.width); ++x)
            std::copy_n(
                &tensor.data[(o * old_size + from + place(s.from, c, y, x)) * inner], inner,
                &result.data[(o * static_cast<std::size_t>(size) + to + place(s.to, c, y, x)) *
                             inner]);
    from += static_cast<std::size_t>(s.from.elements());
    to += static_cast<std::size_t>(s.to.elements());
  }
  return result;
}

// Whether a convolution's columns are all of its input's channels, or a dense layer's.
bool reads_all(const Operation& op) {
  const auto* conv = std::get_if<Conv>(&op);
  return conv ? conv->groups == 1 : std::holds_alternative<Dense>(op);
}

}  // namespace

void fit_weights(const Architecture& before, const Architecture& after, Weights& weights,
                 std::uint64_t seed) {
  const Correspondence correspondence{before, after};
  std::optional<Weights> fresh;
  std::set<std::string> wanted;
  for (const ParameterSpec& spec : parameter_specs(after)) {
    wanted.insert(spec.name);
    const auto found = weights.find(spec.name);
    if (found == weights.end() || found->second.shape.size() != spec.shape.size()) {
      if (!fresh) fresh = initialise(after, {}, seed);
      weights[spec.name] = fresh->at(spec.name);
      continue;
    }
    const bool ones = spec.name.ends_with(".norm.scale") || spec.name.ends_with(".norm.variance");
    const float fill = ones ? 1.0F : 0.0F;
    Tensor& tensor = found->second;
    if (before.contains(spec.node)) {
      const Node& node = after.node(spec.node);
      tensor = fitted_stretches(tensor, 0, spec.shape[0], correspondence.made(node.id), fill);
      if (spec.shape.size() > 1 && reads_all(node.op) && reads_all(before.node(node.id).op))
        tensor = fitted_stretches(tensor, 1, spec.shape[1], correspondence.read(node), fill);
    }
    tensor = fitted(tensor, spec.shape, fill);
  }
  std::erase_if(weights, [&](const auto& entry) { return wanted.count(entry.first) == 0; });
}

}  // namespace lamarck::nn::detail
