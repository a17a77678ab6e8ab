// Made-up search problems with known answers, of three structures, so that no searcher is fitted to
// one table.
//
// Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/known_problem.hpp"

namespace lamarck::search {

struct SyntheticRow {
  std::string_view name, summary;
  KnownProblem (*make)(std::uint64_t seed);
};
/// `nk`: 16 slots of 4 options; what an option is worth depends on the next two slots at random,
/// and dearer ones tend to be worth more. `widths`: 12 layers of 6 widths; each has a best width,
/// returns diminish towards it, neighbours of unlike width lose, and MACs are products of
/// neighbouring widths. `trap`: 18 slots of 3 options in blocks of three, where each single step
/// towards the best filling of a block loses.
[[nodiscard]] const std::vector<SyntheticRow>& synthetic_problems();

}  // namespace lamarck::search
