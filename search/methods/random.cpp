#include "search/methods/random.hpp"

#include "search/methods/attempts.hpp"

namespace lamarck::search {
namespace {

class RandomSearch final : public Searcher {
 public:
  explicit RandomSearch(const Space& space) : space_{space} {}

  Suggested propose(const View& view, Random& random) override {
    for (const Genome& start : space_.starts())
      if (!view.known(space_.key(start)) && !space_.violation(start))
        return Suggestion{{start}, "start"};
    if (auto variation = first_new(space_, view, [&] { return space_.random(random); }))
      return Suggestion{std::move(*variation), "random"};
    return Exhausted{"no new genome in " + std::to_string(kAttempts) + " random samples"};
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
