#include "search/methods/exhaustive.hpp"

#include <fmt/format.h>

#include "kernels/error.hpp"

namespace lamarck::search {
namespace {

class Exhaustive final : public Searcher {
 public:
  explicit Exhaustive(const Space& space) : space_{space} {}

  Suggested propose(const View& view, Random&) override {
    if (view.proposals() < proposals_) next_ = 0;  // another history, or an earlier view of it
    proposals_ = view.proposals();
    for (; auto genome = space_.nth(next_); ++next_)
      if (!view.known(space_.key(*genome)) && !space_.violation(*genome))
        return Suggestion{{std::move(*genome)}, "exhaustive"};
    return Exhausted{
        fmt::format("all {} candidates of the space are known or beyond the limits", next_)};
  }

  // They are made from numbers, not from each other.
  std::vector<std::size_t> possible_parents(const View&) override { return {}; }

 private:
  const Space& space_;
  // What is known stays known while a history grows, so the search goes on from where it was.
  std::uint64_t next_ = 0;
  std::size_t proposals_ = 0;
};

}  // namespace

std::unique_ptr<Searcher> make_exhaustive(const Space& space, const Objectives&,
                                          const MethodOptions&) {
  if (!space.nth(0))
    throw ConfigError(
        "search: method exhaustive needs a space that can be enumerated, which this one cannot "
        "(use "
        "random)");
  return std::make_unique<Exhaustive>(space);
}

}  // namespace lamarck::search
