// Changing the wiring of a graph: what several edits share.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "nn/edits/channels.hpp"
#include "nn/edits/edit.hpp"

namespace lamarck::nn::detail {

/// Readers of `from` read `to` instead, but for the nodes named in `except`.
void redirect(Architecture& architecture, const std::string& from, const std::string& to,
              const std::set<std::string>& except = {});
/// Puts `nodes` right behind `id` (kInput: to the front); readers of `id` then read the last of
/// them. The nodes' own inputs are as given. \pre `id` is not the output
void insert_behind(Architecture& architecture, const std::string& id,
                   const std::vector<Node>& nodes);
/// Drops nodes that the output does not depend on.
void drop_dead(Architecture& architecture);
/// Nodes that `id` depends on, kInput included, `id` not.
[[nodiscard]] std::set<std::string> ancestors(const Architecture& architecture,
                                              const std::string& id);
/// Depthwise convolutions of `before` take the channels that arrive now; widths that add up follow.
void follow_channels(const Architecture& before, Architecture& architecture);
/// The group that the edit's site makes. \throws std::invalid_argument where there is none
[[nodiscard]] ChannelGroup group_at(const Architecture& architecture, const Edit& edit);
/// Output known to be at least 0 whatever the input.
[[nodiscard]] bool non_negative(const Architecture& architecture, const std::string& id);

/// Edits of a graph with the strong guarantee: `change` works on a copy, which must validate.
/// \throws std::invalid_argument with the edit and what is wrong
void change_graph(Architecture& architecture, const Edit& edit,
                  const std::function<void(Architecture&)>& change);
/// Whether an edit applies: its graph validates afterwards.
[[nodiscard]] bool applies(const EditKind& kind, const Architecture& architecture,
                           const Edit& edit);

}  // namespace lamarck::nn::detail
