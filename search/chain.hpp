// A landscape over slots that can be solved exactly, however large: each slot adds a value and a
// cost that depend on it and on the few that follow it. (NK landscapes with neighbouring
// interactions are of this kind: S. Kauffman and E. Weinberger, J. Theor. Biol. 141(2), 1989;
// solved by dynamic programming: A. Wright et al., IEEE Trans. Evol. Comput. 4(4), 2000.)
//
// Thread safety: values and pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lamarck::search {

struct Chain {
  std::size_t slots = 1, options = 2;
  std::size_t window = 1;  ///< slots that a term depends on: its own and those after it
  /// What a term adds, [first slot][index], slots - window + 1 rows; the index has the first slot's
  /// option as its highest digit, to the base of `options`.
  std::vector<std::vector<double>> values;
  std::vector<std::vector<std::int64_t>> costs;  ///< as values; whole and not negative

  [[nodiscard]] double value(std::span<const std::size_t> choices) const;
  [[nodiscard]] std::int64_t cost(std::span<const std::size_t> choices) const;
};

struct ChainPoint {
  std::int64_t cost = 0;
  double value = 0;
};
/// All pairs of cost and value that nothing dominates (less cost, more value), by rising cost. Time
/// grows as slots * options^window * (number of costs). \throws std::invalid_argument for a chain
/// whose tables do not have the sizes above
[[nodiscard]] std::vector<ChainPoint> solve(const Chain& chain);
/// The least value there is.
[[nodiscard]] double least_value(const Chain& chain);

}  // namespace lamarck::search
