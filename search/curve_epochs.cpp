#include "search/curve_epochs.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <stdexcept>
#include <utility>

namespace lamarck::search {

CurveEpochs::CurveEpochs(std::vector<int> at) : at_{std::move(at)} {
  if (at_.empty()) return;
  if (at_.front() < 1 ||
      std::adjacent_find(at_.begin(), at_.end(), std::greater_equal{}) != at_.end())
    throw std::invalid_argument(
        "the epochs of learning curves must begin with 1 or later and ascend");
}

int CurveEpochs::at(std::size_t point) const {
  assert(point < most_points());
  return at_.empty() ? static_cast<int>(point) + 1 : at_[point];
}

std::size_t CurveEpochs::points(int epochs) const {
  if (at_.empty()) return static_cast<std::size_t>(std::max(epochs, 0));
  return static_cast<std::size_t>(std::upper_bound(at_.begin(), at_.end(), epochs) - at_.begin());
}

std::size_t CurveEpochs::most_points() const {
  return at_.empty() ? std::numeric_limits<std::size_t>::max() : at_.size();
}

}  // namespace lamarck::search
