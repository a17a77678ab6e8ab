#include <algorithm>
#include <array>

#include "nn/formats/yaml.hpp"

namespace lamarck::nn {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours between two short words.
/// Source: F. Damerau, CACM 7(3), 1964 (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::vector<std::size_t>, 3> rows;  // two before, one before, this one
  for (auto& row : rows) row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) rows[2][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::ranges::rotate(rows, rows.begin() + 1);
    rows[2][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = rows[1][j - 1] + (a[i - 1] != b[j - 1]);
      rows[2][j] = std::min({rows[1][j] + 1, rows[2][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[2][j] = std::min(rows[2][j], rows[0][j - 2] + 1);
    }
  }
  return rows[2][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& choices) {
  std::optional<std::string> best;
  std::size_t least = SIZE_MAX;
  for (const std::string& choice : choices) {
    const std::size_t allowed = choice.size() / 3;
    const std::size_t longer = std::max(word.size(), choice.size());
    if (longer - std::min(word.size(), choice.size()) > allowed) continue;
    if (const std::size_t d = distance(word, choice); d <= allowed && d < least) {
      least = d;
      best = choice;
    }
  }
  return best;
}

}  // namespace lamarck::nn
