// Crossover: the head of one parent (all that its cut tensor depends on) and the tail of another
// (all that depends on its cut tensor), joined where one tensor carries everything. Where channels
// differ, the tail's first layers take the channels that are there (dropped by index, or new ones
// with zero weights).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "nn/edits/edit.hpp"

namespace lamarck::nn {

/// Nodes whose output every path from input to output passes through (the input and the output left
/// out).
[[nodiscard]] std::vector<std::string> cuts(const Architecture& architecture);

/// One way to join two parents: everything of `head` up to `head_cut`, everything of `tail` after
/// `tail_cut`.
struct CrossoverPoint {
  std::string head_cut, tail_cut;
};
/// All points at which the joined network validates: same height and width at the cuts.
[[nodiscard]] std::vector<CrossoverPoint> crossover_points(const Architecture& head,
                                                           const Architecture& tail);

/// The child; ids of the head are kept, ids of the tail are kept unless taken. Weights of both are
/// kept wherever they fit. `weights` null: architecture alone. As an Edit: kind `crossover`, site
/// head_cut, args {tail: tail_cut}. Genes come from the head. \throws std::invalid_argument for a
/// point that is not in crossover_points
[[nodiscard]] Architecture crossover(const Architecture& head, const Architecture& tail,
                                     const CrossoverPoint&);
[[nodiscard]] Model crossover(const Model& head, const Model& tail, const CrossoverPoint&,
                              std::uint64_t seed);

}  // namespace lamarck::nn
