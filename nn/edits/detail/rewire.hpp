// Changing the wiring of a graph: what several edits share.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

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
/// Output known to be at least 0 whatever the input.
[[nodiscard]] bool non_negative(const Architecture& architecture, const std::string& id);

/// Edits of a graph with the strong guarantee: `change` works on a copy, which must validate.
/// \throws std::invalid_argument with the edit and what is wrong
void change_graph(Architecture& architecture, const Edit& edit,
                  const std::function<void(Architecture&)>& change);
/// Whether an edit applies: its graph validates afterwards.
[[nodiscard]] bool applies(const EditKind& kind, const Architecture& architecture,
                           const Edit& edit);

/// Arguments of an edit. \throws std::invalid_argument naming the edit where one is missing or
/// malformed
[[nodiscard]] int int_argument(const Edit& edit, const std::string& name);
[[nodiscard]] double number_argument(const Edit& edit, const std::string& name, double fallback);
[[nodiscard]] std::string text_argument(const Edit& edit, const std::string& name,
                                        const std::string& fallback);
[[noreturn]] void refuse(const Edit& edit, const std::string& what);

}  // namespace lamarck::nn::detail
