#include "search/start_epochs.hpp"

#include <stdexcept>
#include <utility>

namespace lamarck::search {
namespace {

class LongerStarts final : public Searcher {
 public:
  LongerStarts(std::unique_ptr<Searcher> inner, int epochs, std::set<Genome> starts)
      : inner_{std::move(inner)}, epochs_{epochs}, starts_{std::move(starts)} {}

  Suggested propose(const View& view, Random& random) override {
    Suggested next = inner_->propose(view, random);
    if (auto* suggestion = std::get_if<Suggestion>(&next);
        suggestion && suggestion->epochs == 0 && suggestion->variation.parents.empty() &&
        starts_.contains(suggestion->variation.genome))
      suggestion->epochs = epochs_;
    return next;
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    return inner_->possible_parents(view);
  }

 private:
  std::unique_ptr<Searcher> inner_;
  int epochs_;
  std::set<Genome> starts_;
};

}  // namespace

std::unique_ptr<Searcher> make_longer_starts(std::unique_ptr<Searcher> inner, int epochs,
                                             std::set<Genome> starts) {
  if (epochs < 1 || !inner)
    throw std::invalid_argument("longer starts: a searcher and at least one epoch are needed");
  return std::make_unique<LongerStarts>(std::move(inner), epochs, std::move(starts));
}

}  // namespace lamarck::search
