// remove_layer SITE: readers of SITE read its input instead; an `add` is replaced by its shortcut
// (or the projection on it), which removes the whole branch. Where channels differ the layers
// behind keep what fits.
#include <algorithm>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/fit_weights.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

// What stands in for a node: its input or, for an add, its shortcut: the input that the others
// derive from or, where a layer projects that, the one that derives from the least. A gate that may
// still be closed stands in for nothing.
std::optional<std::string> stand_in(const Architecture& architecture, const Node& node) {
  if (node.inputs.size() == 1) return node.inputs[0];
  if (std::holds_alternative<Scale>(node.op)) return node.inputs[0];
  if (!std::holds_alternative<Add>(node.op)) return std::nullopt;
  for (const auto& candidate : node.inputs) {
    const bool shortcut =
        std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& other) {
          return other == candidate || ancestors(architecture, other).count(candidate) > 0;
        });
    if (shortcut) return candidate;
  }
  for (const auto& candidate : node.inputs) {
    if (!architecture.contains(candidate) ||
        std::holds_alternative<Scale>(architecture.node(candidate).op))
      continue;
    const auto own = ancestors(architecture, candidate);
    const bool projection =
        std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& other) {
          if (other == candidate) return true;
          const auto others = ancestors(architecture, other);
          return own.size() < others.size() &&
                 std::includes(others.begin(), others.end(), own.begin(), own.end());
        });
    if (projection) return candidate;
  }
  return std::nullopt;
}

bool removable(const Operation& op) {
  return !std::holds_alternative<Flatten>(op) && !std::holds_alternative<GlobalAvgPool>(op) &&
         !std::holds_alternative<Softmax>(op) && !std::holds_alternative<Concat>(op);
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {});
  if (!architecture.contains(edit.site) || edit.site == architecture.output())
    refuse(edit, "there is no such node that may go");
  const Node node = architecture.node(edit.site);
  const auto instead = stand_in(architecture, node);
  if (!removable(node.op) || !instead) refuse(edit, "this operation cannot be left out");
  const Architecture before = architecture;
  change_graph(architecture, edit, [&](Architecture& changed) {
    redirect(changed, edit.site, *instead);
    drop_dead(changed);
    follow_channels(before, changed);
  });
  if (weights) fit_weights(before, architecture, *weights, edit.seed);
}

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 1 < architecture.nodes.size(); ++i) {
    Edit edit{.kind = "remove_layer", .site = architecture.nodes[i].id};
    if (removable(architecture.nodes[i].op) && applies(kRemoveLayer, architecture, edit))
      edits.push_back(std::move(edit));
  }
  return edits;
}

std::optional<Edit> inverse(const Architecture&, const Edit&) { return std::nullopt; }

}  // namespace

const EditKind kRemoveLayer{"remove_layer",
                            "leaves a layer, or a whole residual branch, out",
                            Effect::approximate,
                            sites,
                            apply,
                            inverse};

}  // namespace lamarck::nn::detail
