#include "nn/edits/detail/rewire.hpp"

#include <algorithm>
#include <stdexcept>

#include "nn/edits/detail/arguments.hpp"

namespace lamarck::nn::detail {

void redirect(Architecture& architecture, const std::string& from, const std::string& to,
              const std::set<std::string>& except) {
  for (Node& node : architecture.nodes)
    if (except.count(node.id) == 0) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
}

void insert_behind(Architecture& architecture, const std::string& id,
                   const std::vector<Node>& nodes) {
  std::set<std::string> added;
  for (const Node& node : nodes) added.insert(node.id);
  redirect(architecture, id, nodes.back().id, added);
  const std::size_t at = id == kInput ? 0 : architecture.index(id) + 1;
  architecture.nodes.insert(architecture.nodes.begin() + static_cast<std::ptrdiff_t>(at),
                            nodes.begin(), nodes.end());
}

void drop_dead(Architecture& architecture) {
  std::set<std::string> alive = ancestors(architecture, architecture.output());
  alive.insert(architecture.output());
  std::erase_if(architecture.nodes, [&](const Node& node) { return alive.count(node.id) == 0; });
}

std::set<std::string> ancestors(const Architecture& architecture, const std::string& id) {
  std::set<std::string> found;
  if (id == kInput) return found;
  std::size_t at = architecture.index(id);
  std::set<std::string> wanted{id};
  for (++at; at-- > 0;) {
    const Node& node = architecture.nodes[at];
    if (wanted.count(node.id) == 0) continue;
    for (const auto& input : node.inputs) {
      wanted.insert(input);
      found.insert(input);
    }
  }
  return found;
}

void follow_channels(const Architecture& before, Architecture& architecture) {
  const auto old = shapes_by_id(before);
  // Channels alone, walked by hand: shapes cannot be inferred while groups are still those of
  // before.
  std::map<std::string, int, std::less<>> channels{
      {std::string{kInput}, architecture.input.channels}};
  for (Node& node : architecture.nodes) {
    std::vector<int> in;
    for (const auto& input : node.inputs) {
      const auto found = channels.find(input);
      if (found == channels.end()) return;  // a faulty graph: validation will say so
      in.push_back(found->second);
    }
    int out = in.empty() ? 0 : in[0];
    if (auto* conv = std::get_if<Conv>(&node.op)) {
      const auto input =
          before.contains(node.id) ? old.find(before.node(node.id).inputs[0]) : old.end();
      if (input != old.end() && conv->groups > 1 && conv->groups == input->second.channels &&
          conv->out == conv->groups)
        conv->out = conv->groups = in[0];
      out = conv->out;
    } else if (const auto* dense = std::get_if<Dense>(&node.op)) {
      out = dense->out;
    } else if (std::holds_alternative<Concat>(node.op)) {
      out = 0;
      for (const int c : in) out += c;
    }
    channels[node.id] = out;
  }
}

ChannelGroup group_at(const Architecture& architecture, const Edit& edit) {
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
  auto group = group_made_by(architecture, edit.site);
  if (!group) refuse(edit, "it makes no channels");
  return *group;
}

bool non_negative(const Architecture& architecture, const std::string& id) {
  const auto clips = [](Activation act) {
    return act == Activation::relu || act == Activation::relu6 || act == Activation::sigmoid;
  };
  struct Visitor {
    const decltype(clips)& cut;
    bool inputs;  // all of them are at least 0
    bool operator()(const Conv& op) const { return cut(op.act); }
    bool operator()(const Dense& op) const { return cut(op.act); }
    bool operator()(const BatchNorm& op) const { return cut(op.act); }
    bool operator()(const Add& op) const {
      return cut(op.act) || (op.act == Activation::identity && inputs);
    }
    bool operator()(const Activate& op) const {
      return cut(op.act) || (op.act == Activation::identity && inputs);
    }
    bool operator()(const MaxPool&) const { return inputs; }
    bool operator()(const AvgPool&) const { return inputs; }
    bool operator()(const GlobalAvgPool&) const { return inputs; }
    bool operator()(const Concat&) const { return inputs; }
    bool operator()(const Scale&) const { return false; }
    bool operator()(const Dropout&) const { return inputs; }
    bool operator()(const Flatten&) const { return inputs; }
    bool operator()(const Softmax&) const { return true; }
  };
  // Forward, node by node: going back from `id` would visit shared inputs again and again.
  std::set<std::string> known;
  for (const Node& node : architecture.nodes) {
    const bool inputs =
        std::all_of(node.inputs.begin(), node.inputs.end(),
                    [&](const std::string& input) { return known.count(input) > 0; });
    if (std::visit(Visitor{clips, inputs}, node.op)) known.insert(node.id);
    if (node.id == id) break;
  }
  return known.count(id) > 0;
}

void change_graph(Architecture& architecture, const Edit& edit,
                  const std::function<void(Architecture&)>& change) {
  Architecture changed = architecture;
  change(changed);
  if (const auto fault = find_fault(changed)) refuse(edit, *fault);
  architecture = std::move(changed);
}

bool applies(const EditKind& kind, const Architecture& architecture, const Edit& edit) {
  Architecture copy = architecture;
  try {
    kind.apply(copy, nullptr, edit);
  } catch (const std::invalid_argument&) {
    return false;
  }
  return true;
}

}  // namespace lamarck::nn::detail
