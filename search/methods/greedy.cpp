#include "search/methods/greedy.hpp"

#include <algorithm>
#include <map>

#include "search/methods/attempts.hpp"
#include "search/methods/extreme.hpp"

namespace lamarck::search {
namespace {

struct OnHill {
  std::size_t id = 0;
  Score score;
};

// A fold over the results seen: the restarts, and what nothing seen in this climb is better than,
// oldest first.
struct Climb {
  std::size_t seen = 0, restarts = 0;
  std::vector<OnHill> hill = {};
};

class Greedy final : public Searcher {
 public:
  Greedy(const Space& space, const Objectives& objectives, const MethodOptions& options)
      : space_{space}, objectives_{objectives}, options_{options} {}

  Suggested propose(const View& view, Random& random) override {
    if (auto begin = beginning(view, random)) return std::move(*begin);
    const Climb& climb = follow(view);
    for (const std::size_t id : climbed_from(climb, view))
      if (auto step = new_neighbour(view, id, random)) return std::move(*step);
    if (view.results() < view.proposals()) return Wait{};
    if (climb.restarts >= static_cast<std::size_t>(options_.restarts))
      return Exhausted{"a local optimum is reached and no restart is left"};
    if (auto sample = new_sample(space_, view, random, "restart")) return std::move(*sample);
    return Exhausted{"a local optimum is reached, and " + used_up(space_)};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    return climbed_from(follow(view), view);
  }

 private:
  // Where the first climb begins.
  std::optional<Suggestion> beginning(const View& view, Random& random) const {
    if (options_.from == "start") return new_start(space_, view);
    if (view.proposals() > 0) return std::nullopt;
    if (options_.from == "random") return new_sample(space_, view, random);
    auto genome =
        extreme(space_, options_.from == "small" ? Extreme::smallest : Extreme::largest, random);
    if (!genome) return new_start(space_, view);  // nothing is known of sizes
    return Suggestion{{std::move(*genome)}, "start"};
  }

  // Whose neighbours come next, in order of preference.
  [[nodiscard]] std::vector<std::size_t> climbed_from(const Climb& climb, const View& view) const {
    std::vector<std::size_t> ids;
    // The whole neighbourhood first: stay with whom the last proposal came from.
    if (!options_.first_improvement) {
      std::size_t next = view.proposals();
      while (next > 0 && view.proposal(next - 1).origin == kPromote) --next;
      if (next > 0 && view.proposal(next - 1).origin == "neighbour") {
        std::size_t parent = view.proposal(next - 1).parents.front();
        for (const OnHill& one : climb.hill)  // it may have been trained further since
          if (view.proposal(one.id).key == view.proposal(parent).key) parent = one.id;
        ids.push_back(parent);
      }
    }
    for (auto one = climb.hill.rbegin(); one != climb.hill.rend(); ++one)
      if (ids.empty() || ids.front() != one->id) ids.push_back(one->id);
    return ids;
  }

  // The climb up to the results of the view. A restart is proposed when every result is in, so all
  // results before it belong to climbs before. After waiting for every result, the next view shows
  // fewer again: climbs that look ahead are kept apart, so that none is followed from the
  // beginning.
  const Climb& follow(const View& view) {
    const bool ahead = view.results() == view.proposals();
    if (ahead && ahead_.seen < behind_.seen) ahead_ = behind_;
    Climb& climb = ahead ? ahead_ : behind_;
    if (view.results() < climb.seen) climb = {};
    for (; climb.seen < view.results(); ++climb.seen) {
      const Proposal& proposal = view.proposal(climb.seen);
      if (proposal.origin == kPromote) {
        promote(climb.hill, proposal, view.result(climb.seen));
        continue;
      }
      if (proposal.origin == "restart") {
        climb.hill.clear();
        ++climb.restarts;
      }
      take(climb.hill, climb.seen, view.result(climb.seen));
    }
    return climb;
  }

  // What is trained further stays where it stood, so that candidates are compared after as many
  // epochs; its neighbours inherit what it has learnt since.
  static void promote(std::vector<OnHill>& hill, const Proposal& proposal, const Result& result) {
    if (result.status != Status::done) return;
    for (OnHill& one : hill)
      if (one.id == proposal.parents.front()) one.id = proposal.id;
  }

  void take(std::vector<OnHill>& hill, std::size_t id, const Result& result) const {
    if (result.status != Status::done) return;
    auto scored = score(objectives_, result.metrics);
    if (!scored) return;
    const bool beaten = std::any_of(hill.begin(), hill.end(), [&](const OnHill& other) {
      return other.score == *scored || better(other.score, *scored);
    });
    if (beaten) return;
    std::erase_if(hill, [&](const OnHill& other) { return better(*scored, other.score); });
    hill.push_back({id, std::move(*scored)});
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
  Climb behind_, ahead_;
};

}  // namespace

std::unique_ptr<Searcher> make_greedy(const Space& space, const Objectives& objectives,
                                      const MethodOptions& options) {
  return std::make_unique<Greedy>(space, objectives, options);
}

}  // namespace lamarck::search
