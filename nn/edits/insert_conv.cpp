// insert_conv SITE [kernel=3] [norm=batch|none]: a convolution behind SITE that changes nothing
// yet: each channel's filter is a one in the middle. Where the input is known to be at least 0 a
// ReLU follows, else nothing. In training a batch normalisation here still changes the function
// until its scale and shift have adapted; insert_residual does not.
#include <cmath>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"
#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr float kEpsilon = 1e-5F;  // of every batch normalisation

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  if (static_cast<int>(architecture.nodes.size()) + 1 > options.max_nodes) return edits;
  const auto shapes = infer_shapes(architecture);
  for (std::size_t i = 0; i + 1 < architecture.nodes.size(); ++i) {
    if (shapes[i].height * shapes[i].width == 1 || shapes[i].channels > options.max_channels)
      continue;
    for (const char* kernel : {"3", "1"})
      edits.push_back(
          {.kind = "insert_conv", .site = architecture.nodes[i].id, .args = {{"kernel", kernel}}});
  }
  return edits;
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"kernel", "norm"});
  const int kernel = edit.args.count("kernel") ? int_argument(edit, "kernel") : 3;
  const std::string norm = text_argument(edit, "norm", "batch");
  if (kernel < 1 || kernel % 2 == 0) refuse(edit, "the kernel must be odd");
  if (norm != "batch" && norm != "none") refuse(edit, "norm is batch or none");
  if (!architecture.contains(edit.site) || edit.site == architecture.output())
    refuse(edit, "there is no such node to put a layer behind");
  const Shape shape = infer_shapes(architecture)[architecture.index(edit.site)];
  const std::string id = architecture.fresh_id("conv");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Conv conv{.out = shape.channels, .kernel = {kernel, kernel}};
    conv.norm = norm == "batch" ? Norm::batch : Norm::none;
    conv.act = non_negative(changed, edit.site) ? Activation::relu : Activation::identity;
    insert_behind(changed, edit.site, {{id, conv, {edit.site}}});
  });
  if (!weights) return;
  const int c = shape.channels;
  Tensor weight{{c, c, kernel, kernel}};
  const auto window = static_cast<std::size_t>(kernel) * static_cast<std::size_t>(kernel);
  for (std::size_t k = 0; k < static_cast<std::size_t>(c); ++k)
    weight.data[(k * static_cast<std::size_t>(c) + k) * window + window / 2] = 1.0F;
  (*weights)[id + ".weight"] = std::move(weight);
  if (norm == "none") {
    (*weights)[id + ".bias"] = Tensor{{c}};
    return;
  }
  (*weights)[id + ".norm.scale"] = Tensor{{c}, std::sqrt(1.0F + kEpsilon)};
  (*weights)[id + ".norm.shift"] = Tensor{{c}};
  (*weights)[id + ".norm.mean"] = Tensor{{c}};
  (*weights)[id + ".norm.variance"] = Tensor{{c}, 1.0F};
}

std::optional<Edit> inverse(const Architecture& before, const Edit&) {
  return Edit{.kind = "remove_layer", .site = before.fresh_id("conv")};
}

}  // namespace

const EditKind kInsertConv{"insert_conv", "a convolution that begins as the identity",
                           Effect::equal, sites,
                           apply,         inverse};

}  // namespace lamarck::nn::detail
