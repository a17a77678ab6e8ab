#include "nn/edits/detail/rewire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

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

bool non_negative(const Architecture& architecture, const std::string& id) {
  if (id == kInput) return false;
  const Node& node = architecture.node(id);
  const auto clips = [](Activation act) {
    return act == Activation::relu || act == Activation::relu6 || act == Activation::sigmoid;
  };
  const auto all_inputs = [&] {
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const std::string& input) { return non_negative(architecture, input); });
  };
  struct Visitor {
    const decltype(clips)& cut;
    const decltype(all_inputs)& all;
    bool operator()(const Conv& op) const { return cut(op.act); }
    bool operator()(const Dense& op) const { return cut(op.act); }
    bool operator()(const BatchNorm& op) const { return cut(op.act); }
    bool operator()(const Add& op) const {
      return cut(op.act) || (op.act == Activation::identity && all());
    }
    bool operator()(const Activate& op) const {
      return cut(op.act) || (op.act == Activation::identity && all());
    }
    bool operator()(const MaxPool&) const { return all(); }
    bool operator()(const AvgPool&) const { return all(); }
    bool operator()(const GlobalAvgPool&) const { return all(); }
    bool operator()(const Concat&) const { return all(); }
    bool operator()(const Scale&) const { return false; }
    bool operator()(const Dropout&) const { return all(); }
    bool operator()(const Flatten&) const { return all(); }
    bool operator()(const Softmax&) const { return true; }
  };
  return std::visit(Visitor{clips, all_inputs}, node.op);
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

void refuse(const Edit& edit, const std::string& what) {
  throw std::invalid_argument(fmt::format("{}: {}", to_text(edit), what));
}

int int_argument(const Edit& edit, const std::string& name) {
  const auto found = edit.args.find(name);
  if (found == edit.args.end()) refuse(edit, name + " is missing");
  int value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc{} || stop != end) refuse(edit, name + " is no whole number");
  return value;
}

double number_argument(const Edit& edit, const std::string& name, double fallback) {
  const auto found = edit.args.find(name);
  if (found == edit.args.end()) return fallback;
  double value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc{} || stop != end) refuse(edit, name + " is no number");
  return value;
}

std::string text_argument(const Edit& edit, const std::string& name, const std::string& fallback) {
  const auto found = edit.args.find(name);
  return found == edit.args.end() ? fallback : found->second;
}

}  // namespace lamarck::nn::detail
