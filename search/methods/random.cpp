#include "search/methods/random.hpp"

#include "search/methods/attempts.hpp"

namespace lamarck::search {
namespace {

class RandomSearch final : public Searcher {
 public:
  explicit RandomSearch(const Space& space) : space_{space} {}

  Suggested propose(const View& view, Random& random) override {
    if (auto start = new_start(space_, view)) return std::move(*start);
    if (auto sample = new_sample(space_, view, random)) return std::move(*sample);
    return Exhausted{used_up(space_)};
  }

  // Samples have no parents.
  std::vector<std::size_t> possible_parents(const View&) override { return {}; }

 private:
  const Space& space_;
};

}  // namespace

std::unique_ptr<Searcher> make_random(const Space& space, const Objectives&, const MethodOptions&) {
  return std::make_unique<RandomSearch>(space);
}

}  // namespace lamarck::search
