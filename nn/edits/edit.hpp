// The vocabulary of edits. An edit is data with two effects: on the architecture, and on a model's
// weights. One file each in this folder; the table in table.cpp lists them.
//
// Thread safety: values and pure functions.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/model.hpp"

namespace lamarck::nn {

/// One change. As text: `widen a1 to=24 seed=7`.
struct Edit {
  std::string kind;                              ///< a row of the table
  std::string site;                              ///< a node's id; what else is needed is in args
  std::map<std::string, std::string> args = {};  ///< e.g. {"to": "24"}
  std::uint64_t seed = 0;                        ///< of fresh weights and noise
  bool operator==(const Edit&) const = default;
};
[[nodiscard]] std::string to_text(const Edit& edit);
/// \throws std::invalid_argument for text that is no edit
[[nodiscard]] Edit edit_from_text(std::string_view text);

/// What an edit does to the function the network computes.
enum class Effect {
  equal,        ///< same output to rounding, in evaluation mode
  approximate,  ///< about the same
  changes       ///< another function; what weights fit are kept
};

/// What enumeration of sites respects.
struct SiteOptions {
  int channel_step =
      8;  ///< widths proposed are multiples of this (or of groups) where the network allows
  int max_channels = 512;
  int max_nodes = 200;
};

/// A row of the table. `apply` with weights == nullptr edits the architecture alone, by the same
/// code.
struct EditKind {
  std::string_view name;     ///< as in YAML: `widen`, `insert_conv`
  std::string_view summary;  ///< one line, for --help and the documentation
  Effect effect;
  /// Every place where it applies, with every sensible argument; seeds are 0. In a stable order.
  /// Applying any of them gives an architecture that validates.
  std::vector<Edit> (*sites)(const Architecture&, const SiteOptions&);
  /// \pre the weights, where given, are those of the architecture
  /// \throws std::invalid_argument where it does not apply or an argument is malformed or unknown,
  /// leaving both as they were
  void (*apply)(Architecture&, Weights*, const Edit&);
  /// The edit that undoes `edit` on `before`'s successor, where one exists.
  /// \pre `edit` applies to `before`
  std::optional<Edit> (*inverse)(const Architecture& before, const Edit& edit);
};

/// All rows: widen, narrow, insert_conv, insert_dense, insert_residual, remove_layer, grow_kernel,
/// shrink_kernel, add_skip, remove_skip, change_activation, change_stride, change_pooling,
/// separate, train_genes.
/// (`crossover` takes two parents: crossover.hpp.)
[[nodiscard]] std::span<const EditKind> edit_kinds();
/// \throws std::invalid_argument with a suggestion
[[nodiscard]] const EditKind& edit_kind(std::string_view name);

[[nodiscard]] Architecture apply(const Architecture& architecture, const Edit& edit);
[[nodiscard]] Model apply(const Model& model, const Edit& edit);

}  // namespace lamarck::nn
