// insert_residual SITE [kind=basic|bottleneck|inverted|separable] [kernel=3]: x becomes x + f(x),
// where f ends in a normalisation whose scale is 0: equal in evaluation and in training alike.
//
// Source: P. Goyal et al., "Accurate, large minibatch SGD", 2017 (zero scale); the blocks' sources
// are in nn/blocks.hpp.
#include <algorithm>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/fit_weights.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr const char* kKinds[]{"basic", "bottleneck", "inverted", "separable"};

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  if (static_cast<int>(architecture.nodes.size()) + 4 > options.max_nodes) return edits;
  const auto shapes = infer_shapes(architecture);
  for (std::size_t i = 0; i + 1 < architecture.nodes.size(); ++i) {
    if (shapes[i].height * shapes[i].width == 1 || 2 * shapes[i].channels > options.max_channels)
      continue;
    for (const char* kind : kKinds)
      edits.push_back(
          {.kind = "insert_residual", .site = architecture.nodes[i].id, .args = {{"kind", kind}}});
  }
  return edits;
}

Conv layer(int out, int kernel, Activation act, int groups = 1) {
  Conv conv{.out = out, .kernel = {kernel, kernel}};
  conv.groups = groups;
  conv.norm = Norm::batch;
  conv.act = act;
  return conv;
}

// The branch's layers; the last is linear and has `channels` outputs.
std::vector<Conv> branch(const std::string& kind, int channels, int kernel) {
  constexpr Activation kRelu = Activation::relu;
  constexpr Activation kNone = Activation::identity;
  if (kind == "basic") return {layer(channels, kernel, kRelu), layer(channels, kernel, kNone)};
  if (kind == "bottleneck") {
    const int middle = std::max(1, channels / 4);
    return {layer(middle, 1, kRelu), layer(middle, kernel, kRelu), layer(channels, 1, kNone)};
  }
  if (kind == "inverted") {
    const int middle = 2 * channels;
    return {layer(middle, 1, kRelu), layer(middle, kernel, kRelu, middle),
            layer(channels, 1, kNone)};
  }
  if (kind == "separable")
    return {layer(channels, kernel, kRelu, channels), layer(channels, 1, kNone)};
  return {};
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"kind", "kernel"});
  const std::string kind = text_argument(edit, "kind", "basic");
  const int kernel = edit.args.count("kernel") ? int_argument(edit, "kernel") : 3;
  if (kernel < 1 || kernel % 2 == 0) refuse(edit, "the kernel must be odd");
  if (!architecture.contains(edit.site) || edit.site == architecture.output())
    refuse(edit, "there is no such node to put a block behind");
  const Shape shape = infer_shapes(architecture)[architecture.index(edit.site)];
  const std::vector<Conv> layers = branch(kind, shape.channels, kernel);
  if (layers.empty()) refuse(edit, "kind is basic, bottleneck, inverted or separable");

  const std::string join = architecture.fresh_id("res");
  const Architecture before = architecture;
  std::string last;
  change_graph(architecture, edit, [&](Architecture& changed) {
    std::vector<Node> nodes;
    std::string input = edit.site;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      last = changed.fresh_id(join + std::string(1, static_cast<char>('a' + i)));
      nodes.push_back({last, layers[i], {input}});
      input = last;
    }
    const Activation act =
        non_negative(changed, edit.site) ? Activation::relu : Activation::identity;
    nodes.push_back({join, Add{act}, {edit.site, last}});
    insert_behind(changed, edit.site, nodes);
  });
  if (!weights) return;
  fit_weights(before, architecture, *weights, edit.seed);
  std::fill((*weights)[last + ".norm.scale"].data.begin(),
            (*weights)[last + ".norm.scale"].data.end(), 0.0F);
}

std::optional<Edit> inverse(const Architecture& before, const Edit&) {
  return Edit{.kind = "remove_layer", .site = before.fresh_id("res")};
}

}  // namespace

const EditKind kInsertResidual{"insert_residual",
                               "a residual block whose branch begins at zero",
                               Effect::equal,
                               sites,
                               apply,
                               inverse};

}  // namespace lamarck::nn::detail
