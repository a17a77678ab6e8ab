// insert_dense SITE: a dense layer between vectors that begins as the identity matrix; a ReLU
// follows where the input is known to be at least 0.
#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

bool is_vector(const Shape& shape) { return shape.height == 1 && shape.width == 1; }

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  if (static_cast<int>(architecture.nodes.size()) + 1 > options.max_nodes) return edits;
  const auto shapes = infer_shapes(architecture);
  for (std::size_t i = 0; i + 1 < architecture.nodes.size(); ++i)
    if (is_vector(shapes[i]) && shapes[i].channels <= options.max_channels)
      edits.push_back({.kind = "insert_dense", .site = architecture.nodes[i].id});
  return edits;
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {});
  if (!architecture.contains(edit.site) || edit.site == architecture.output())
    refuse(edit, "there is no such node to put a layer behind");
  const Shape shape = infer_shapes(architecture)[architecture.index(edit.site)];
  if (!is_vector(shape)) refuse(edit, "it gives an image, not a vector");
  const std::string id = architecture.fresh_id("dense");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Dense dense{.out = shape.channels};
    dense.act = non_negative(changed, edit.site) ? Activation::relu : Activation::identity;
    insert_behind(changed, edit.site, {{id, dense, {edit.site}}});
  });
  if (!weights) return;
  const int c = shape.channels;
  Tensor weight{{c, c, 1, 1}};
  for (std::size_t k = 0; k < static_cast<std::size_t>(c); ++k)
    weight.data[k * static_cast<std::size_t>(c) + k] = 1.0F;
  (*weights)[id + ".weight"] = std::move(weight);
  (*weights)[id + ".bias"] = Tensor{{c}};
}

std::optional<Edit> inverse(const Architecture& before, const Edit&) {
  return Edit{.kind = "remove_layer", .site = before.fresh_id("dense")};
}

}  // namespace

const EditKind kInsertDense{"insert_dense", "a dense layer that begins as the identity",
                            Effect::equal,  sites,
                            apply,          inverse};

}  // namespace lamarck::nn::detail
