// grow_kernel SITE: zeros around the filters, two elements larger each way. shrink_kernel SITE:
// their outermost ring goes.
#include <algorithm>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"
#include "nn/edits/detail/tensors.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr int kLargest = 7;

Conv& conv_at(Architecture& architecture, const Edit& edit) {
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
  auto* conv = std::get_if<Conv>(&architecture.node(edit.site).op);
  if (!conv) refuse(edit, "it is no convolution");
  return *conv;
}

// By `step` rings: 1 grows, -1 shrinks. A side that is one element wide stays so.
struct Rings {
  int height, width;
};
Rings rings(const Conv& conv, int step) {
  if (step > 0)
    return {conv.kernel.height + 2 <= kLargest ? 1 : 0, conv.kernel.width + 2 <= kLargest ? 1 : 0};
  return {conv.kernel.height > 2 ? -1 : 0, conv.kernel.width > 2 ? -1 : 0};
}

void resize(Architecture& architecture, Weights* weights, const Edit& edit, int step) {
  only_arguments(edit, {});
  const Rings by = rings(conv_at(architecture, edit), step);
  if (by.height == 0 && by.width == 0)
    refuse(edit,
           step > 0 ? "its kernel is as large as they get" : "its kernel has no ring to lose");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Conv& conv = conv_at(changed, edit);
    conv.kernel.height += 2 * by.height;
    conv.kernel.width += 2 * by.width;
    if (!conv.pad) return;  // "same" follows the kernel by itself
    const int high = by.height * conv.dilation.height;
    const int wide = by.width * conv.dilation.width;
    conv.pad = Padding{conv.pad->top + high, conv.pad->left + wide, conv.pad->bottom + high,
                       conv.pad->right + wide};
    if (std::min({conv.pad->top, conv.pad->left, conv.pad->bottom, conv.pad->right}) < 0)
      refuse(edit, "the padding is too thin to follow");
  });
  if (!weights) return;
  Tensor& weight = weights->at(edit.site + ".weight");
  weight = padded_window(weight, by.height, by.width);
}

std::vector<Edit> sites_of(const EditKind& kind, const Architecture& architecture) {
  std::vector<Edit> edits;
  for (const Node& node : architecture.nodes) {
    Edit edit{.kind = std::string{kind.name}, .site = node.id};
    if (std::holds_alternative<Conv>(node.op) && applies(kind, architecture, edit))
      edits.push_back(std::move(edit));
  }
  return edits;
}

void grow(Architecture& architecture, Weights* weights, const Edit& edit) {
  resize(architecture, weights, edit, 1);
}
void shrink(Architecture& architecture, Weights* weights, const Edit& edit) {
  resize(architecture, weights, edit, -1);
}
std::vector<Edit> grow_sites(const Architecture& architecture, const SiteOptions&) {
  return sites_of(kGrowKernel, architecture);
}
std::vector<Edit> shrink_sites(const Architecture& architecture, const SiteOptions&) {
  return sites_of(kShrinkKernel, architecture);
}

// A side at its limit moves in one direction only, and then there is no way straight back.
std::optional<Edit> opposite(const Architecture& before, const Edit& edit, int step,
                             const char* kind) {
  Architecture changed = before;
  resize(changed, nullptr, edit, step);
  const Rings there = rings(std::get<Conv>(before.node(edit.site).op), step);
  const Rings back = rings(std::get<Conv>(changed.node(edit.site).op), -step);
  if (there.height != -back.height || there.width != -back.width) return std::nullopt;
  return Edit{.kind = kind, .site = edit.site};
}
std::optional<Edit> grow_inverse(const Architecture& before, const Edit& edit) {
  return opposite(before, edit, 1, "shrink_kernel");
}
std::optional<Edit> shrink_inverse(const Architecture& before, const Edit& edit) {
  return opposite(before, edit, -1, "grow_kernel");
}

}  // namespace

const EditKind kGrowKernel{"grow_kernel", "a larger kernel, zeros around the old one",
                           Effect::equal, grow_sites,
                           grow,          grow_inverse};
const EditKind kShrinkKernel{"shrink_kernel",
                             "a smaller kernel, the middle of the old one",
                             Effect::approximate,
                             shrink_sites,
                             shrink,
                             shrink_inverse};

}  // namespace lamarck::nn::detail
