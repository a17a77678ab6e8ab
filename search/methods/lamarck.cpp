#include "search/methods/lamarck.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "search/methods/attempts.hpp"
#include "search/methods/cost_scale.hpp"
#include "search/methods/population.hpp"
#include "search/methods/promise.hpp"

namespace lamarck::search {
namespace {

constexpr std::size_t kPopulation = 60;
constexpr std::size_t kFounders = 12;        // proposals before evolution begins
constexpr std::size_t kLongestWalk = 6;      // mutations from a start to a founder
constexpr std::size_t kPool = 48;            // children that the model chooses among
constexpr std::size_t kDoubted = 8;          // of them, the best, whose doubt is looked at too
constexpr double kUnguided = 0.1;            // share of proposals that the model has no say in
constexpr double kSampled = 0.5;             // share of founders that are samples, not walks
constexpr double kCrossover = 0.2;           // share of children with two parents
constexpr double kFurther = 0.4;             // chance of one more mutation in a row
constexpr double kDecay = 0.8;               // of the chance to be a parent, from rank to rank
constexpr std::size_t kRepeated = 3;         // the best ones
constexpr std::size_t kRepeatEvery = 10;     // proposals, one more evaluation of the incumbent
constexpr std::size_t kMostEvaluations = 8;  // of one candidate
constexpr double kClearLead = 2;             // standard deviations of an evaluation

// How far children may be from what is known. Where they inherit weights near ones are worth more:
// each mutation undoes some of what their parents have learnt, and the model does not know how
// much.
struct Reach {
  int mutations;    // in a row, at most
  double optimism;  // standard deviations
};
constexpr Reach kFar{4, 3}, kNear{1, 1};

// A child that may be proposed.
struct Child {
  Suggestion suggestion;
  double worth = 0;
};

class Lamarck final : public Searcher {
 public:
  Lamarck(const Space& space, const Objectives& objectives, bool inherits,
          const LamarckParts& parts)
      : space_{space},
        parts_{parts},
        reach_{inherits ? kNear : kFar},
        one_number_{objectives.ranking != Ranking::pareto || objectives.list.size() == 1},
        population_{objectives, kPopulation},
        scale_{space, objectives},
        promise_{space, objectives} {}

  Suggested propose(const View& view, Random& random) override {
    if (auto start = new_start(space_, view)) return std::move(*start);
    update(view);
    if (parts_.founders && (view.proposals() < kFounders || population_.members().empty()))
      if (auto founder = found(view, random)) return std::move(*founder);
    if (!population_.members().empty()) {
      if (parts_.repeats && one_number_)
        if (auto again = repeat(view)) return std::move(*again);
      if (auto child = breed(view, random)) return std::move(*child);
    }
    if (auto sample = new_sample(space_, view, random)) return std::move(*sample);
    return Exhausted{"the population has no new child, and " + used_up(space_)};
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    update(view);
    std::vector<std::size_t> ids;
    for (const Member& member : population_.members()) ids.push_back(member.id);
    for (const Genome& start : space_.starts())
      if (const auto id = trained(view, start)) ids.push_back(*id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }

 private:
  void update(const View& view) {
    population_.update(view);
    if (parts_.model) promise_.update(view);
  }

  // The proposal of this genome, where it has weights to inherit.
  [[nodiscard]] std::optional<std::size_t> trained(const View& view, const Genome& genome) const {
    const auto id = view.first(space_.key(genome));
    const bool done = id && *id < view.results() && view.result(*id).status == Status::done;
    return done ? id : std::nullopt;
  }

  // A sample of the space, or a walk from a start.
  std::optional<Suggestion> found(const View& view, Random& random) {
    if (parts_.samples && random.chance(kSampled))
      if (auto sample = new_sample(space_, view, random)) return sample;
    const auto starts = space_.starts();
    std::size_t from = 0;
    auto founder = first_new(space_, view, [&] {
      from = random.below(starts.size());
      return mutated(space_, starts[from], 1 + static_cast<int>(random.below(kLongestWalk)),
                     random);
    });
    if (!founder) return std::nullopt;
    const auto parent = trained(view, starts[from]);
    if (!parent) {
      founder->edits.clear();  // nothing to inherit yet: a sample
      return Suggestion{std::move(*founder), "random"};
    }
    founder->parents = {*parent};
    return Suggestion{std::move(*founder), "mutate"};
  }

  // The incumbent, while luck may have made it one; then those behind it, whom bad luck may have
  // put there.
  std::optional<Suggestion> repeat(const View& view) {
    const auto& members = population_.members();
    if (clear_lead()) return std::nullopt;
    std::size_t allowed = std::min(kMostEvaluations, view.proposals() / kRepeatEvery);
    for (std::size_t rank = 0; rank < std::min(kRepeated, members.size()); ++rank, allowed /= 2)
      if (const Proposal& first = view.proposal(members[rank].id);
          first.origin != kPromote && evaluations(view, members[rank]) < allowed &&
          keeps_parents(view, members[rank])) {
        return Suggestion{{first.genome, first.parents, first.edits}, std::string{kRepeat}};
      }
    return std::nullopt;
  }

  // Whether the incumbent is ahead of the next by more than the noise of evaluations explains.
  [[nodiscard]] bool clear_lead() const {
    const auto& members = population_.members();
    if (!parts_.model || !promise_.ready() || members.size() < 2) return false;
    const Score &first = members[0].score, &second = members[1].score;
    return second.violation > first.violation ||
           second.point[0] - first.point[0] > kClearLead * promise_.noise();
  }

  // Those under way included.
  [[nodiscard]] std::size_t evaluations(const View& view, const Member& member) const {
    std::size_t count = population_.evaluations(member);
    for (std::size_t id = view.results(); id < view.proposals(); ++id)
      count += view.proposal(id).key == view.proposal(member.id).key;
    return count;
  }

  // Whether what the candidate inherited from is still there.
  bool keeps_parents(const View& view, const Member& member) {
    const auto kept = possible_parents(view);
    const auto& parents = view.proposal(member.id).parents;
    return std::all_of(parents.begin(), parents.end(), [&](std::size_t parent) {
      return std::binary_search(kept.begin(), kept.end(), parent);
    });
  }

  std::optional<Suggestion> breed(const View& view, Random& random) {
    const bool choose =
        parts_.model && promise_.ready() && !(parts_.unguided && random.chance(kUnguided));
    std::vector<Child> pool = children(view, choose ? kPool : 1, random);
    if (pool.empty()) return further(view, random);
    if (pool.size() == 1) return std::move(pool.front().suggestion);
    const auto yardstick = promise_.against(population_.members());
    const auto worth = [&](Child& child, double optimism) {
      child.worth = yardstick.of(child.suggestion.variation.genome, optimism);
    };
    const auto worse = [](const Child& a, const Child& b) { return a.worth < b.worth; };
    for (Child& child : pool) worth(child, 0);
    std::stable_sort(pool.begin(), pool.end(),
                     [&](const Child& a, const Child& b) { return worse(b, a); });
    if (parts_.optimism) {
      pool.resize(std::min(pool.size(), kDoubted));
      for (Child& child : pool) worth(child, reach_.optimism);
    }
    return std::move(std::max_element(pool.begin(), pool.end(), worse)->suggestion);
  }

  // Up to `count` new ones, each different.
  std::vector<Child> children(const View& view, std::size_t count, Random& random) {
    const std::vector<double> weights = parent_weights();
    std::vector<Child> pool;
    std::set<std::string> keys;
    const std::size_t attempts = std::max<std::size_t>(kAttempts, 2 * count);
    for (std::size_t attempt = 0; attempt < attempts && pool.size() < count; ++attempt) {
      auto child = bred(view, weights, random);
      if (!child) continue;
      const Genome& genome = child->variation.genome;
      std::string key = space_.key(genome);
      if (view.known(key) || space_.violation(genome) || !keys.insert(std::move(key)).second)
        continue;
      pool.push_back({std::move(*child)});
    }
    return pool;
  }

  std::optional<Suggestion> bred(const View& view, const std::vector<double>& weights,
                                 Random& random) {
    const auto& members = population_.members();
    const std::size_t first = members[random.weighted(weights)].id;
    if (parts_.crossover && members.size() > 1 && random.chance(kCrossover)) {
      const std::size_t second = members[random.weighted(weights)].id;
      if (first == second) return std::nullopt;
      auto child =
          space_.crossover(view.proposal(first).genome, view.proposal(second).genome, random);
      if (!child) return std::nullopt;
      child->parents = {first, second};
      return Suggestion{std::move(*child), "crossover"};
    }
    int mutations = 1;
    while (mutations < reach_.mutations && random.chance(kFurther)) ++mutations;
    auto child = mutated(space_, view.proposal(first).genome, mutations, random);
    if (!child) return std::nullopt;
    child->parents = {first};
    return Suggestion{std::move(*child), "mutate"};
  }

  // Where the front is used up: any member's children.
  std::optional<Suggestion> further(const View& view, Random& random) {
    const auto& members = population_.members();
    return new_mutant(space_, view, random,
                      [&] { return members[random.below(members.size())].id; });
  }

  // With several numbers, members of the front by the gap that they stand in; with one, by rank.
  [[nodiscard]] std::vector<double> parent_weights() {
    const auto& members = population_.members();
    std::vector<double> weights(members.size(), 0.0);
    if (one_number_) {
      double weight = 1;
      for (std::size_t i = 0; i < members.size(); ++i, weight *= kDecay) weights[i] = weight;
      return weights;
    }
    const auto front = static_cast<std::size_t>(std::count_if(
        members.begin(), members.end(), [](const Member& member) { return member.rank == 0; }));
    const std::vector<double> crowding = front_crowding(front);
    for (std::size_t i = 0; i < front; ++i) {
      // Crowding is 2 at most but at the ends, and 4 / front on average.
      constexpr double kWidest = 2, kLeast = 0.2;
      const double gap = std::min(kWidest, crowding[i]) * static_cast<double>(front) / 4;
      weights[i] = parts_.density ? gap + kLeast : 1;
    }
    return weights;
  }

  // Of the first members, as costs are felt.
  std::vector<double> front_crowding(std::size_t count) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < count; ++i) points.push_back(population_.members()[i].score.point);
    scale_.fit(points);
    for (Point& point : points) point = scale_(std::move(point));
    return crowding_distances(points);
  }

  const Space& space_;
  const LamarckParts parts_;
  const Reach reach_;
  const bool one_number_;
  Population population_;
  CostScale scale_;
  Promise promise_;
};

}  // namespace

std::span<const LamarckPart> lamarck_parts() {
  static constexpr std::array<LamarckPart, 8> kParts{{{"founders", &LamarckParts::founders},
                                                      {"samples", &LamarckParts::samples},
                                                      {"model", &LamarckParts::model},
                                                      {"optimism", &LamarckParts::optimism},
                                                      {"unguided", &LamarckParts::unguided},
                                                      {"density", &LamarckParts::density},
                                                      {"crossover", &LamarckParts::crossover},
                                                      {"repeats", &LamarckParts::repeats}}};
  return kParts;
}

std::unique_ptr<Searcher> make_lamarck(const Space& space, const Objectives& objectives,
                                       const MethodOptions& options) {
  return std::make_unique<Lamarck>(space, objectives, options.inherits, LamarckParts{});
}

std::unique_ptr<Searcher> make_lamarck(const Space& space, const Objectives& objectives,
                                       const LamarckParts& parts, bool inherits) {
  return std::make_unique<Lamarck>(space, objectives, inherits, parts);
}

}  // namespace lamarck::search
