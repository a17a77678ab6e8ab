#include "nn/network/detail/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace lamarck::nn::detail {
namespace {

struct Range {
  std::size_t begin, end;
};

/// The start of the tightest gap of `bytes` between `taken` ranges; behind them all if none fits.
std::size_t best_fit(std::vector<Range>& taken, std::size_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::size_t end = 0;
  std::size_t best = 0;
  std::size_t best_gap = SIZE_MAX;
  for (const Range& range : taken) {
    if (range.begin > end) {
      const std::size_t gap = range.begin - end;
      if (gap >= bytes && gap < best_gap) {
        best = end;
        best_gap = gap;
      }
    }
    end = std::max(end, range.end);
  }
  return best_gap == SIZE_MAX ? end : best;
}

}  // namespace

Placement place(std::span<const Lifetime> buffers) {
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].last < buffers[i].first)
      throw std::invalid_argument(fmt::format("place: buffer {} ends at step {}, begins at step {}",
                                              i, buffers[i].last, buffers[i].first));
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });

  Placement result;
  result.offsets.resize(buffers.size());
  std::vector<Range> taken;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const Lifetime& buffer = buffers[order[k]];
    taken.clear();
    for (std::size_t other = 0; other < k; ++other) {
      const std::size_t placed = order[other];
      if (!buffer.meets(buffers[placed])) continue;
      const std::size_t begin = result.offsets[placed];
      taken.push_back({begin, begin + aligned(buffers[placed].bytes)});
    }
    const std::size_t offset = best_fit(taken, aligned(buffer.bytes));
    result.offsets[order[k]] = offset;
    result.bytes = std::max(result.bytes, offset + aligned(buffer.bytes));
  }
  return result;
}

std::size_t peak_bytes(std::span<const Lifetime> buffers) {
  std::size_t peak = 0;
  for (const Lifetime& at : buffers) {  // a peak begins where some buffer does
    std::size_t alive = 0;
    for (const Lifetime& buffer : buffers)
      if (buffer.first <= at.first && at.first <= buffer.last) alive += aligned(buffer.bytes);
    peak = std::max(peak, alive);
  }
  return peak;
}

}  // namespace lamarck::nn::detail
