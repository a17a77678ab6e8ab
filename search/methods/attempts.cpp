#include "search/methods/attempts.hpp"

namespace lamarck::search {

std::optional<Variation> first_new(const Space& space, const View& view,
                                   const std::function<std::optional<Variation>()>& draw) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto variation = draw();
    if (!variation || view.known(space.key(variation->genome)) ||
        space.violation(variation->genome))
      continue;
    return variation;
  }
  return std::nullopt;
}

}  // namespace lamarck::search
