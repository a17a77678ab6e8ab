// change_activation SITE to=NAME, change_stride SITE to=N, change_pooling SITE to=max|avg: the same
// layer with another option. Weights that fit are kept.
#include <algorithm>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/fit_weights.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr Activation kChoices[]{Activation::relu, Activation::leaky_relu, Activation::elu,
                                Activation::gelu, Activation::silu,       Activation::hard_swish};

Activation* activation_of(Operation& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return &conv->act;
  if (auto* dense = std::get_if<Dense>(&op)) return &dense->act;
  if (auto* add = std::get_if<Add>(&op)) return &add->act;
  if (auto* norm = std::get_if<BatchNorm>(&op)) return &norm->act;
  if (auto* act = std::get_if<Activate>(&op)) return &act->act;
  return nullptr;
}

// All three have one argument.
void need_node(const Architecture& architecture, const Edit& edit) {
  only_arguments(edit, {"to"});
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
}

void change_activation(Architecture& architecture, Weights*, const Edit& edit) {
  need_node(architecture, edit);
  const auto to = kernels::activation_named(text_argument(edit, "to", ""));
  if (!to) refuse(edit, "to names no activation");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Activation* act = activation_of(changed.node(edit.site).op);
    if (!act || *act == *to) refuse(edit, "it has no activation to change, or this one");
    *act = *to;
  });
}

std::vector<Edit> activation_sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 1 < architecture.nodes.size(); ++i) {
    Operation op = architecture.nodes[i].op;
    const Activation* act = activation_of(op);
    if (!act || *act == Activation::identity) continue;
    for (const Activation to : kChoices)
      if (to != *act)
        edits.push_back({.kind = "change_activation",
                         .site = architecture.nodes[i].id,
                         .args = {{"to", std::string{kernels::name(to)}}}});
  }
  return edits;
}

std::optional<Edit> activation_inverse(const Architecture& before, const Edit& edit) {
  Operation op = before.node(edit.site).op;
  return Edit{.kind = "change_activation",
              .site = edit.site,
              .args = {{"to", std::string{kernels::name(*activation_of(op))}}}};
}

void change_stride(Architecture& architecture, Weights* weights, const Edit& edit) {
  need_node(architecture, edit);
  const int to = int_argument(edit, "to");
  if (to < 1) refuse(edit, "a stride is at least 1");
  const Architecture before = architecture;
  change_graph(architecture, edit, [&](Architecture& changed) {
    auto* conv = std::get_if<Conv>(&changed.node(edit.site).op);
    if (!conv || conv->stride == Extent{to, to})
      refuse(edit, "it is no convolution with another stride");
    conv->stride = {to, to};
  });
  if (weights) fit_weights(before, architecture, *weights, edit.seed);
}

std::vector<Edit> stride_sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  const auto shapes = infer_shapes(architecture);
  for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
    const auto* conv = std::get_if<Conv>(&architecture.nodes[i].op);
    if (!conv) continue;
    const bool down =
        conv->stride == Extent{1, 1} && std::min(shapes[i].height, shapes[i].width) >= 4;
    const bool up = conv->stride == Extent{2, 2};
    if (!down && !up) continue;
    Edit edit{.kind = "change_stride",
              .site = architecture.nodes[i].id,
              .args = {{"to", down ? "2" : "1"}}};
    if (applies(kChangeStride, architecture, edit)) edits.push_back(std::move(edit));
  }
  return edits;
}

std::optional<Edit> stride_inverse(const Architecture& before, const Edit& edit) {
  const Extent stride = std::get<Conv>(before.node(edit.site).op).stride;
  if (stride.height != stride.width) return std::nullopt;
  return Edit{
      .kind = "change_stride", .site = edit.site, .args = {{"to", std::to_string(stride.height)}}};
}

void change_pooling(Architecture& architecture, Weights*, const Edit& edit) {
  need_node(architecture, edit);
  const std::string to = text_argument(edit, "to", "");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Operation& op = changed.node(edit.site).op;
    if (const auto* max = std::get_if<MaxPool>(&op); max && to == "avg")
      op = AvgPool{max->kernel, max->stride, max->pad};
    else if (const auto* avg = std::get_if<AvgPool>(&op); avg && to == "max")
      op = MaxPool{avg->kernel, avg->stride, avg->pad};
    else
      refuse(edit, "it is no pooling of the other kind; to is max or avg");
  });
}

std::vector<Edit> pooling_sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  for (const Node& node : architecture.nodes) {
    if (std::holds_alternative<MaxPool>(node.op))
      edits.push_back({.kind = "change_pooling", .site = node.id, .args = {{"to", "avg"}}});
    if (std::holds_alternative<AvgPool>(node.op))
      edits.push_back({.kind = "change_pooling", .site = node.id, .args = {{"to", "max"}}});
  }
  return edits;
}

std::optional<Edit> pooling_inverse(const Architecture&, const Edit& edit) {
  return Edit{.kind = "change_pooling",
              .site = edit.site,
              .args = {{"to", edit.args.at("to") == "avg" ? "max" : "avg"}}};
}

}  // namespace

const EditKind kChangeActivation{"change_activation", "another activation function",
                                 Effect::changes,     activation_sites,
                                 change_activation,   activation_inverse};
const EditKind kChangeStride{"change_stride", "a convolution's stride, 1 or 2",
                             Effect::changes, stride_sites,
                             change_stride,   stride_inverse};
const EditKind kChangePooling{"change_pooling", "maximum or average", Effect::changes,
                              pooling_sites,    change_pooling,       pooling_inverse};

}  // namespace lamarck::nn::detail
