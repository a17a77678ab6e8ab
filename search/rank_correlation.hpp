// How alike two rankings of the same things are.
//
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <optional>
#include <span>

namespace lamarck::search {

struct Correlation {
  double value = 0;           ///< in [-1, 1]
  double standard_error = 0;  ///< of the value, as a sample of n
};
/// Pearson's correlation of the ranks; ties share the mean of theirs. Standard error by Fisher's
/// transformation with variance (1 + value^2 / 2) / (n - 3).
/// Nothing for fewer than 5 pairs or where one side is constant. \throws std::invalid_argument
/// where sizes differ or a number is NaN
///
/// Source of the standard errors: D. Bonett and T. Wright, "Sample size requirements for estimating
/// Pearson, Kendall and Spearman correlations", Psychometrika 65(1), 2000, doi:10.1007/BF02294183.
[[nodiscard]] std::optional<Correlation> spearman(std::span<const double> a,
                                                  std::span<const double> b);
/// Kendall's tau-b: concordant less discordant pairs, over the geometric mean of the pairs not tied
/// in either. Variance of the transformed 0.437 / (n - 4). O(n^2).
[[nodiscard]] std::optional<Correlation> kendall(std::span<const double> a,
                                                 std::span<const double> b);

}  // namespace lamarck::search
