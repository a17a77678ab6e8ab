#include "search/methods/greedy.hpp"

#include <algorithm>
#include <map>

#include "search/methods/attempts.hpp"

namespace lamarck::search {
namespace {

struct OnHill {
  std::size_t id = 0;
  Score score;
};

class Greedy final : public Searcher {
 public:
  Greedy(const Space& space, const Objectives& objectives, const MethodOptions& options)
      : space_{space}, objectives_{objectives}, options_{options} {}

  Suggested propose(const View& view, Random& random) override {
    for (const Genome& start : space_.starts())
      if (!view.known(space_.key(start)) && !space_.violation(start))
        return Suggestion{{start}, "start"};
    for (const std::size_t id : climbed_from(view))
      if (auto step = new_neighbour(view, id, random)) return std::move(*step);
    if (view.results() < view.proposals()) return Wait{};
    if (restarts(view) >= static_cast<std::size_t>(options_.restarts))
      return Exhausted{"a local optimum is reached and no restart is left"};
    if (auto sample = first_new(space_, view, [&] { return space_.random(random); }))
      return Suggestion{std::move(*sample), "restart"};
    return Exhausted{
        "a local optimum is reached and random samples give nothing new to restart from"};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    return climbed_from(view);
  }

 private:
  // Whose neighbours come next, in order of preference.
  std::vector<std::size_t> climbed_from(const View& view) {
    std::vector<std::size_t> ids;
    // The whole neighbourhood first: stay with whom the last proposal came from.
    if (!options_.first_improvement && view.proposals() > 0) {
      const Proposal& last = view.proposal(view.proposals() - 1);
      if (last.origin == "neighbour") ids.push_back(last.parents.front());
    }
    const auto hill = hill_of(view);
    for (auto one = hill.rbegin(); one != hill.rend(); ++one)
      if (ids.empty() || ids.front() != one->id) ids.push_back(one->id);
    return ids;
  }

  // What nothing seen in this climb is better than, oldest first.
  std::vector<OnHill> hill_of(const View& view) const {
    std::vector<OnHill> hill;
    for (std::size_t id = climb_began(view); id < view.results(); ++id) {
      const Result& result = view.result(id);
      if (result.status != Status::done) continue;
      auto scored = score(objectives_, result.metrics);
      if (!scored) continue;
      const bool beaten = std::any_of(hill.begin(), hill.end(), [&](const OnHill& other) {
        return other.score == *scored || better(other.score, *scored);
      });
      if (beaten) continue;
      std::erase_if(hill, [&](const OnHill& other) { return better(*scored, other.score); });
      hill.push_back({id, std::move(*scored)});
    }
    return hill;
  }

  // The proposal that began this climb.
  static std::size_t climb_began(const View& view) {
    for (std::size_t id = view.proposals(); id-- > 0;)
      if (view.proposal(id).origin == "restart") return id;
    return 0;
  }

  static std::size_t restarts(const View& view) {
    std::size_t count = 0;
    for (std::size_t id = 0; id < view.proposals(); ++id)
      count += view.proposal(id).origin == "restart";
    return count;
  }

  std::optional<Suggestion> new_neighbour(const View& view, std::size_t id, Random& random) {
    const auto& all = neighbours(view, id);
    std::vector<std::size_t> fresh;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!view.known(all[i].key)) fresh.push_back(i);
    if (fresh.empty()) return std::nullopt;
    Variation variation = all[fresh[random.below(fresh.size())]].variation;
    variation.parents = {id};
    return Suggestion{std::move(variation), "neighbour"};
  }

  struct Neighbour {
    Variation variation;
    std::string key;
  };

  // Within the limits. Derived from the genome alone, so keeping them changes nothing but the time
  // it takes.
  const std::vector<Neighbour>& neighbours(const View& view, std::size_t id) {
    const Genome& genome = view.proposal(id).genome;
    const auto found = neighbours_.find(genome);
    if (found != neighbours_.end()) return found->second;
    if (neighbours_.size() > kMostCached) neighbours_.clear();
    std::vector<Neighbour> list;
    for (auto& variation : space_.neighbours(genome)) {
      if (space_.violation(variation.genome)) continue;
      std::string key = space_.key(variation.genome);
      list.push_back({std::move(variation), std::move(key)});
    }
    return neighbours_.emplace(genome, std::move(list)).first->second;
  }

  static constexpr std::size_t kMostCached = 64;

  const Space& space_;
  const Objectives objectives_;
  const MethodOptions options_;
  std::map<Genome, std::vector<Neighbour>> neighbours_;
};

}  // namespace

std::unique_ptr<Searcher> make_greedy(const Space& space, const Objectives& objectives,
                                      const MethodOptions& options) {
  return std::make_unique<Greedy>(space, objectives, options);
}

}  // namespace lamarck::search
