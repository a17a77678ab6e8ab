#include "search/methods/genetic.hpp"

#include <algorithm>

#include "search/methods/attempts.hpp"
#include "search/methods/population.hpp"

namespace lamarck::search {
namespace {

class Genetic final : public Searcher {
 public:
  Genetic(const Space& space, const Objectives& objectives, const MethodOptions& options)
      : space_{space},
        options_{options},
        population_{objectives, static_cast<std::size_t>(options.population)} {}

  Suggested propose(const View& view, Random& random) override {
    if (auto start = new_start(space_, view)) return std::move(*start);
    population_.update(view);
    const auto& members = population_.members();
    // Until the first results are seen there is nobody to choose from.
    if (members.empty() || view.proposals() < static_cast<std::size_t>(options_.population))
      if (auto founder = found(view, random)) return *founder;
    if (!members.empty())
      if (auto child = breed(view, random)) return *child;
    if (auto sample = new_sample(space_, view, random)) return std::move(*sample);
    return Exhausted{"the population has no new child, and " + used_up(space_)};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    population_.update(view);
    std::vector<std::size_t> ids;
    for (const Member& member : population_.members()) ids.push_back(member.id);
    return ids;
  }

 private:
  // A random sample; where children inherit weights, which samples have none of, a mutation of a
  // member of the young population as soon as there is one.
  std::optional<Suggestion> found(const View& view, Random& random) {
    const auto& members = population_.members();
    if (members.empty() || !options_.inherits) return new_sample(space_, view, random);
    return new_mutant(space_, view, random,
                      [&] { return members[random.below(members.size())].id; });
  }

  std::optional<Suggestion> breed(const View& view, Random& random) {
    if (population_.members().size() > 1 && random.chance(options_.crossover)) {
      std::vector<std::size_t> parents;
      auto child = first_new(space_, view, [&]() -> std::optional<Variation> {
        parents = {tournament(random), tournament(random)};
        if (parents[0] == parents[1]) return std::nullopt;
        return space_.crossover(view.proposal(parents[0]).genome, view.proposal(parents[1]).genome,
                                random);
      });
      if (child) {
        child->parents = parents;
        return Suggestion{std::move(*child), "crossover"};
      }
    }
    return new_mutant(space_, view, random, [&] { return tournament(random); });
  }

  // The fittest of a few drawn with equal chances: members are in the order of fitness.
  std::size_t tournament(Random& random) const {
    const auto& members = population_.members();
    std::size_t best = random.below(members.size());
    for (int i = 1; i < options_.tournament; ++i)
      best = std::min(best, random.below(members.size()));
    return members[best].id;
  }

  const Space& space_;
  const MethodOptions options_;
  Population population_;
};

}  // namespace

std::unique_ptr<Searcher> make_genetic(const Space& space, const Objectives& objectives,
                                       const MethodOptions& options) {
  return std::make_unique<Genetic>(space, objectives, options);
}

}  // namespace lamarck::search
