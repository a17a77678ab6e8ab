#include "search/known_problem.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "search/choice_space.hpp"
#include "search/table_evaluator.hpp"

namespace lamarck::search {
namespace {

// Calls `seen` with every candidate that finished well, and `reached` at every budget.
void walk(const History& history, std::span<const std::size_t> budgets,
          const std::function<void(std::size_t id)>& seen, const std::function<void()>& reached) {
  std::size_t evaluations = 0;
  std::size_t next = 0;
  for (std::size_t id = 0; id < history.size() && next < budgets.size(); ++id) {
    const Result* result = history.result(id);
    if (!result || result->status == Status::duplicate || result->status == Status::rejected)
      continue;
    if (result->status == Status::done) seen(id);
    ++evaluations;
    for (; next < budgets.size() && budgets[next] <= evaluations; ++next) reached();
  }
  for (; next < budgets.size(); ++next) reached();
}

double metric(const History& history, std::size_t id, std::string_view name) {
  return history.result(id)->metrics.find(name)->second;
}

// What a search believes of the candidates it has evaluated: the mean of each one's evaluations.
class Evaluated {
 public:
  void see(const History& history, std::size_t id) {
    const std::size_t first = *history.find(history.proposal(id).key);
    const auto [place, fresh] = places_.try_emplace(first, candidates_.size());
    if (fresh) candidates_.push_back({first, metric(history, id, "macs"), 0, 0});
    Candidate& candidate = candidates_[place->second];
    candidate.sum += metric(history, id, "accuracy");
    ++candidate.count;
  }

  struct Candidate {
    std::size_t id;
    double macs, sum;
    int count;
    [[nodiscard]] double accuracy() const { return sum / count; }
  };
  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }

 private:
  std::vector<Candidate> candidates_;
  std::unordered_map<std::size_t, std::size_t> places_;
};

}  // namespace

Objectives single_objective() { return {{{"accuracy", true, 1.0}}, Ranking::pareto}; }

Objectives two_objectives() {
  return {{{"accuracy", true, 1.0}, {"macs", false, 1.0}}, Ranking::pareto};
}

KnownProblem table_problem(std::string name, const Slots& slots, std::shared_ptr<const Table> table,
                           Point reference) {
  KnownProblem problem{.name = std::move(name),
                       .space = {},
                       .evaluator = {},
                       .accuracy = {},
                       .best = 0,
                       .front = {},
                       .reference = std::move(reference)};
  ChoiceSpaceOptions options;
  options.costs = [table](const std::string& key) { return table->known(key); };
  options.listed = table->listed(slots);
  problem.space = make_choice_space(slots, std::move(options));
  problem.evaluator = make_table_evaluator(table);
  problem.accuracy = [table](const std::string& key) { return table->mean(key, "accuracy"); };
  std::vector<Point> points;
  for (const auto& [key, entry] : table->entries()) {
    Point point{table->mean(key, "macs"), -table->mean(key, "accuracy")};
    if (std::all_of(point.begin(), point.end(), [](double value) { return std::isfinite(value); }))
      points.push_back(std::move(point));
  }
  if (points.empty())
    throw std::invalid_argument(problem.name + ": no entry of the table has a finite accuracy");
  for (const std::size_t i : pareto_front(points)) problem.front.push_back(points[i]);
  problem.best = -problem.front.back()[1];
  return problem;
}

std::vector<double> regrets(const KnownProblem& problem, const History& history,
                            std::span<const std::size_t> budgets) {
  Evaluated evaluated;
  std::vector<double> at;
  walk(
      history, budgets, [&](std::size_t id) { evaluated.see(history, id); },
      [&] {
        const auto& all = evaluated.candidates();
        const auto incumbent = std::max_element(
            all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.accuracy() < b.accuracy(); });
        at.push_back(problem.best - (incumbent == all.end()
                                         ? 0
                                         : problem.accuracy(history.proposal(incumbent->id).key)));
      });
  return at;
}

std::vector<double> hypervolume_ratios(const KnownProblem& problem, const History& history,
                                       std::span<const std::size_t> budgets) {
  const double whole = hypervolume(problem.front, problem.reference);
  Evaluated evaluated;
  std::vector<double> at;
  walk(
      history, budgets, [&](std::size_t id) { evaluated.see(history, id); },
      [&] {
        std::vector<Point> points;
        for (const auto& one : evaluated.candidates())
          points.push_back({one.macs, -one.accuracy()});
        std::vector<Point> judged;
        for (const std::size_t i : pareto_front(points)) {
          const Proposal& proposal = history.proposal(evaluated.candidates()[i].id);
          judged.push_back({points[i][0], -problem.accuracy(proposal.key)});
        }
        at.push_back(hypervolume(judged, problem.reference) / whole);
      });
  return at;
}

}  // namespace lamarck::search
