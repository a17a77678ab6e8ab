#include "search/prescreen.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace lamarck::search {
namespace {

constexpr std::size_t kScoresKept = 4096;

class Prescreened final : public Searcher {
 public:
  Prescreened(const Space& space, std::unique_ptr<Searcher> inner, CheapScore score, int of)
      : space_{space}, inner_{std::move(inner)}, score_{std::move(score)}, of_{of} {}

  Suggested propose(const View& view, Random& random) override {
    const std::uint64_t seed = random.seed();
    std::optional<Suggested> best;
    double best_score = 0;
    std::vector<std::string> seen;
    for (int i = 0; i < of_; ++i) {
      Random stream{seed, "prescreen", static_cast<std::uint64_t>(i)};
      Suggested next = inner_->propose(view, stream);
      const auto* suggestion = std::get_if<Suggestion>(&next);
      if (!suggestion) {
        if (!best) return next;
        break;
      }
      if (!best && suggestion->origin == "start") return next;
      const Genome& genome = suggestion->variation.genome;
      std::string key = space_.key(genome);
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
      const double score = view.known(key) || space_.violation(genome)
                               ? -std::numeric_limits<double>::infinity()
                               : scored(genome);
      if (!best || score > best_score) {
        best = std::move(next);
        best_score = score;
      }
      seen.push_back(std::move(key));
    }
    return std::move(*best);
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    return inner_->possible_parents(view);
  }

 private:
  // Without a score: below all scores, above what costs nothing. Kept by text: genomes of one key
  // may differ in names, and so in what weights a score is computed with.
  double scored(const Genome& genome) {
    if (const auto found = scores_.find(genome.text); found != scores_.end()) return found->second;
    constexpr double kLowest = std::numeric_limits<double>::lowest();
    double score = score_(genome).value_or(kLowest);
    if (!(score > kLowest)) score = kLowest;  // NaN too
    if (scores_.size() >= kScoresKept) scores_.clear();
    scores_.emplace(genome.text, score);
    return score;
  }

  const Space& space_;
  std::unique_ptr<Searcher> inner_;
  CheapScore score_;
  int of_;
  std::unordered_map<std::string, double> scores_;
};

}  // namespace

std::unique_ptr<Searcher> make_prescreened(const Space& space, std::unique_ptr<Searcher> inner,
                                           CheapScore score, int of) {
  if (of < 1 || !score || !inner)
    throw std::invalid_argument("prescreen: a searcher, a score and at least one draw are needed");
  return std::make_unique<Prescreened>(space, std::move(inner), std::move(score), of);
}

}  // namespace lamarck::search
