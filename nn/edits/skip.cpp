// add_skip SITE from=ID: SITE's output plus an earlier tensor of its shape, through a learnt gate
// per channel that begins at 0. remove_skip SITE input=ID: an `add` loses one input, and with it
// whatever only served that.
#include <algorithm>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/fit_weights.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr std::size_t kNearest = 3;  // earlier tensors proposed for each site

void add(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"from"});
  const std::string from = text_argument(edit, "from", "");
  if (!architecture.contains(edit.site) || !architecture.contains(from))
    refuse(edit, "there are no such nodes");
  if (edit.site == architecture.output()) refuse(edit, "nothing comes behind the output");
  if (architecture.index(from) >= architecture.index(edit.site))
    refuse(edit, from + " does not come before it");
  const std::string join = architecture.fresh_id("skip");
  const std::string gate = architecture.fresh_id(join + "_gate");
  const int channels = infer_shapes(architecture)[architecture.index(from)].channels;
  change_graph(architecture, edit, [&](Architecture& changed) {
    insert_behind(changed, edit.site,
                  {{gate, Scale{0.0F}, {from}}, {join, Add{}, {edit.site, gate}}});
  });
  if (weights) (*weights)[gate + ".gate"] = Tensor{{channels}};
}

std::vector<Edit> add_sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  if (static_cast<int>(architecture.nodes.size()) + 2 > options.max_nodes) return edits;
  const auto shapes = infer_shapes(architecture);
  for (std::size_t to = 0; to + 1 < architecture.nodes.size(); ++to) {
    if (shapes[to].height * shapes[to].width == 1) continue;
    const Node& target = architecture.nodes[to];
    std::size_t found = 0;
    for (std::size_t from = to; from-- > 0 && found < kNearest;) {
      const std::string& id = architecture.nodes[from].id;
      const bool direct =
          std::find(target.inputs.begin(), target.inputs.end(), id) != target.inputs.end();
      // Around an add that already carries it a second skip would say nothing new.
      if (shapes[from] != shapes[to] || (direct && std::holds_alternative<Add>(target.op)))
        continue;
      edits.push_back({.kind = "add_skip", .site = target.id, .args = {{"from", id}}});
      ++found;
    }
  }
  return edits;
}

std::optional<Edit> add_inverse(const Architecture& before, const Edit&) {
  const std::string join = before.fresh_id("skip");
  return Edit{
      .kind = "remove_skip", .site = join, .args = {{"input", before.fresh_id(join + "_gate")}}};
}

void remove(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {"input"});
  const std::string input = text_argument(edit, "input", "");
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
  const Node node = architecture.node(edit.site);
  const auto* sum = std::get_if<Add>(&node.op);
  const auto at = std::find(node.inputs.begin(), node.inputs.end(), input);
  if (!sum || at == node.inputs.end()) refuse(edit, "it is no add that reads " + input);
  std::vector<std::string> left = node.inputs;
  left.erase(left.begin() + (at - node.inputs.begin()));
  const Architecture before = architecture;
  change_graph(architecture, edit, [&](Architecture& changed) {
    if (left.size() > 1) {
      changed.node(edit.site).inputs = left;
    } else if (sum->act != Activation::identity || edit.site == changed.output()) {
      changed.node(edit.site) = {edit.site, Activate{sum->act},
                                 left};  // a single input leaves its activation
    } else {
      redirect(changed, edit.site, left[0]);
    }
    drop_dead(changed);
  });
  if (weights) fit_weights(before, architecture, *weights, edit.seed);
}

std::vector<Edit> remove_sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  for (const Node& node : architecture.nodes) {
    if (!std::holds_alternative<Add>(node.op)) continue;
    for (const auto& input : node.inputs) {
      // A skip leads around another input.
      const bool around =
          std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& other) {
            if (other == input) return false;
            const auto behind = ancestors(architecture, other);
            if (behind.count(input) > 0) return true;
            if (!architecture.contains(input)) return false;
            const auto* gate = std::get_if<Scale>(&architecture.node(input).op);
            return gate && behind.count(architecture.node(input).inputs[0]) > 0;
          });
      Edit edit{.kind = "remove_skip", .site = node.id, .args = {{"input", input}}};
      if (around && applies(kRemoveSkip, architecture, edit)) edits.push_back(std::move(edit));
    }
  }
  return edits;
}

std::optional<Edit> remove_inverse(const Architecture&, const Edit&) { return std::nullopt; }

}  // namespace

const EditKind kAddSkip{
    "add_skip",    "a shortcut from an earlier tensor, through a gate that begins at 0",
    Effect::equal, add_sites,
    add,           add_inverse};
const EditKind kRemoveSkip{
    "remove_skip", "an add loses a shortcut", Effect::approximate, remove_sites, remove,
    remove_inverse};

}  // namespace lamarck::nn::detail
