#include "search/known_problem.hpp"

#include <algorithm>

#include "search/choice_space.hpp"

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
  problem.space = make_choice_space(slots, std::move(options));
  problem.evaluator = make_table_evaluator(table);
  problem.accuracy = [table](const std::string& key) { return table->mean(key, "accuracy"); };
  std::vector<Point> points;
  for (const auto& [key, entry] : table->entries())
    points.push_back({table->mean(key, "macs"), -table->mean(key, "accuracy")});
  for (const std::size_t i : pareto_front(points)) problem.front.push_back(points[i]);
  problem.best = -problem.front.back()[1];
  return problem;
}

std::vector<double> regrets(const KnownProblem& problem, const History& history,
                            std::span<const std::size_t> budgets) {
  std::optional<std::size_t> incumbent;
  std::vector<double> at;
  walk(
      history, budgets,
      [&](std::size_t id) {
        if (!incumbent || metric(history, id, "accuracy") > metric(history, *incumbent, "accuracy"))
          incumbent = id;
      },
      [&] {
        at.push_back(problem.best -
                     (incumbent ? problem.accuracy(history.proposal(*incumbent).key) : 0));
      });
  return at;
}

std::vector<double> hypervolume_ratios(const KnownProblem& problem, const History& history,
                                       std::span<const std::size_t> budgets) {
  const double whole = hypervolume(problem.front, problem.reference);
  std::vector<std::size_t> ids;
  std::vector<Point> observed;
  std::vector<double> at;
  walk(
      history, budgets,
      [&](std::size_t id) {
        ids.push_back(id);
        observed.push_back({metric(history, id, "macs"), -metric(history, id, "accuracy")});
      },
      [&] {
        std::vector<Point> judged;
        for (const std::size_t i : pareto_front(observed))
          judged.push_back({observed[i][0], -problem.accuracy(history.proposal(ids[i]).key)});
        at.push_back(hypervolume(judged, problem.reference) / whole);
      });
  return at;
}

}  // namespace lamarck::search
