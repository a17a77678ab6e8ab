#include "search/chain.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace lamarck::search {
namespace {

std::size_t power(std::size_t base, std::size_t exponent) {
  std::size_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

std::size_t index_at(const Chain& chain, std::span<const std::size_t> choices, std::size_t first) {
  std::size_t index = 0;
  for (std::size_t i = 0; i < chain.window; ++i) index = index * chain.options + choices[first + i];
  return index;
}

void check(const Chain& chain) {
  const auto need = [](bool fine, const char* what) {
    if (!fine) throw std::invalid_argument(std::string{"chain: "} + what);
  };
  need(chain.window >= 1 && chain.window <= chain.slots, "window must be in [1, slots]");
  need(chain.options >= 1, "at least one option is needed");
  const std::size_t rows = chain.slots - chain.window + 1;
  const std::size_t length = power(chain.options, chain.window);
  need(chain.values.size() == rows && chain.costs.size() == rows,
       "a row of values and of costs is needed for each place of the window");
  for (std::size_t row = 0; row < rows; ++row) {
    need(chain.values[row].size() == length && chain.costs[row].size() == length,
         "a row needs a number for each filling of the window");
    for (const auto cost : chain.costs[row]) need(cost >= 0, "costs must not be negative");
  }
}

// Keeps what nothing dominates, by rising cost.
void prune(std::vector<ChainPoint>& points) {
  std::sort(points.begin(), points.end(), [](const ChainPoint& a, const ChainPoint& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.value > b.value;
  });
  double best = -std::numeric_limits<double>::infinity();
  std::erase_if(points, [&](const ChainPoint& point) {
    if (point.value <= best) return true;
    best = point.value;
    return false;
  });
}

}  // namespace

double Chain::value(std::span<const std::size_t> choices) const {
  double sum = 0;
  for (std::size_t first = 0; first < values.size(); ++first)
    sum += values[first][index_at(*this, choices, first)];
  return sum;
}

std::int64_t Chain::cost(std::span<const std::size_t> choices) const {
  std::int64_t sum = 0;
  for (std::size_t first = 0; first < costs.size(); ++first)
    sum += costs[first][index_at(*this, choices, first)];
  return sum;
}

std::vector<ChainPoint> solve(const Chain& chain) {
  check(chain);
  // From the first slot on: what is best so far, for each filling of the slots that the next term
  // shares with those before it.
  const std::size_t shared = power(chain.options, chain.window - 1);
  std::vector<std::vector<ChainPoint>> best(shared, {ChainPoint{}});
  for (std::size_t row = 0; row < chain.values.size(); ++row) {
    std::vector<std::vector<ChainPoint>> next(shared);
    for (std::size_t before = 0; before < shared; ++before)
      for (std::size_t option = 0; option < chain.options; ++option) {
        const std::size_t index = before * chain.options + option;
        auto& into = next[index % shared];
        for (const ChainPoint& point : best[before])
          into.push_back(
              {point.cost + chain.costs[row][index], point.value + chain.values[row][index]});
      }
    for (auto& points : next) prune(points);
    best = std::move(next);
  }
  std::vector<ChainPoint> all;
  for (const auto& points : best) all.insert(all.end(), points.begin(), points.end());
  prune(all);
  return all;
}

double least_value(const Chain& chain) {
  Chain opposite = chain;
  for (auto& row : opposite.values)
    for (double& value : row) value = -value;
  for (auto& row : opposite.costs) std::fill(row.begin(), row.end(), 0);
  return -solve(opposite).back().value;
}

}  // namespace lamarck::search
