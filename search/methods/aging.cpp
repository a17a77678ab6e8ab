#include "search/methods/aging.hpp"

#include <algorithm>
#include <set>

#include "search/methods/attempts.hpp"
#include "search/methods/population.hpp"

namespace lamarck::search {
namespace {

class Aging final : public Searcher {
 public:
  Aging(const Space& space, const Objectives& objectives, const MethodOptions& options)
      : space_{space}, objectives_{objectives}, options_{options} {}

  Suggested propose(const View& view, Random& random) override {
    if (auto start = new_start(space_, view)) return std::move(*start);
    const std::vector<Member> members = youngest(view);
    if (!members.empty() && view.proposals() >= size()) {
      const auto sampled = [&] {
        std::size_t best = random.below(members.size());
        for (int i = 1; i < options_.sample; ++i)
          best = std::min(best, random.below(members.size()));
        return members[best].id;
      };
      if (auto child = new_mutant(space_, view, random, sampled)) return std::move(*child);
    }
    if (auto sample = new_sample(space_, view, random)) return std::move(*sample);
    return Exhausted{"no member of the population has a new mutation, and " + used_up(space_)};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    std::vector<std::size_t> ids;
    for (const Member& member : youngest(view)) ids.push_back(member.id);
    return ids;
  }

 private:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(options_.population); }

  // Best first. Looking back over the youngest is as quick as keeping them would be.
  [[nodiscard]] std::vector<Member> youngest(const View& view) const {
    std::vector<Member> members;
    std::set<std::size_t> promoted;  // younger now
    for (std::size_t id = view.results(); id-- > 0 && members.size() < size();) {
      const Result& result = view.result(id);
      if (result.status != Status::done || promoted.count(id) > 0) continue;
      const Proposal& proposal = view.proposal(id);
      if (proposal.origin == kPromote) promoted.insert(proposal.parents.front());
      if (auto scored = score(objectives_, result.metrics))
        members.push_back({.id = id, .score = std::move(*scored)});
    }
    rank_members(members);
    return members;
  }

  const Space& space_;
  const Objectives objectives_;
  const MethodOptions options_;
};

}  // namespace

std::unique_ptr<Searcher> make_aging(const Space& space, const Objectives& objectives,
                                     const MethodOptions& options) {
  return std::make_unique<Aging>(space, objectives, options);
}

}  // namespace lamarck::search
