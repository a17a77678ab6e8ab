#include "search/methods/genetic.hpp"

#include <algorithm>

#include "search/methods/attempts.hpp"
#include "search/methods/population.hpp"

namespace lamarck::search {
namespace {

constexpr int kMostMutations = 3;  // in a row, where single ones give nothing new

class Genetic final : public Searcher {
 public:
  Genetic(const Space& space, const Objectives& objectives, const MethodOptions& options)
      : space_{space},
        options_{options},
        population_{objectives, static_cast<std::size_t>(options.population)} {}

  Suggested propose(const View& view, Random& random) override {
    for (const Genome& start : space_.starts())
      if (!view.known(space_.key(start)) && !space_.violation(start))
        return Suggestion{{start}, "start"};
    population_.update(view);
    const auto& members = population_.members();
    // Until the first results are seen there is nobody to choose from.
    if (members.empty() || view.proposals() < static_cast<std::size_t>(options_.population))
      if (auto founder = found(view, random)) return *founder;
    if (!members.empty())
      if (auto child = breed(view, random)) return *child;
    if (auto fresh = first_new(space_, view, [&] { return space_.random(random); }))
      return Suggestion{std::move(*fresh), "random"};
    return Exhausted{
        "neither the population nor random samples give a new genome within the limits"};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    population_.update(view);
    std::vector<std::size_t> ids;
    for (const Member& member : population_.members()) ids.push_back(member.id);
    return ids;
  }

 private:
  // A mutation of a member of the young population or, before there is one, a random sample.
  std::optional<Suggestion> found(const View& view, Random& random) {
    const auto& members = population_.members();
    if (members.empty()) {
      if (auto sample = first_new(space_, view, [&] { return space_.random(random); }))
        return Suggestion{std::move(*sample), "random"};
      return std::nullopt;
    }
    return mutate(view, random, [&] { return members[random.below(members.size())].id; });
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
    return mutate(view, random, [&] { return tournament(random); });
  }

  template <class Choose>
  std::optional<Suggestion> mutate(const View& view, Random& random, const Choose& choose) {
    for (int mutations = 1; mutations <= kMostMutations; ++mutations) {
      std::size_t parent = 0;
      auto child = first_new(space_, view, [&]() -> std::optional<Variation> {
        parent = choose();
        Variation result{.genome = view.proposal(parent).genome};
        for (int i = 0; i < mutations; ++i) {
          auto next = space_.mutate(result.genome, random);
          if (!next) return std::nullopt;
          result.genome = std::move(next->genome);
          result.edits.insert(result.edits.end(), next->edits.begin(), next->edits.end());
        }
        return result;
      });
      if (!child) continue;
      child->parents = {parent};
      return Suggestion{std::move(*child), "mutate"};
    }
    return std::nullopt;
  }

  // The fittest of a few drawn with equal chances. With one number, members are in the order of
  // fitness.
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
