#include "experiments/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "search/estimates.hpp"
#include "search/pareto.hpp"

namespace lamarck::experiments {
namespace {

using search::Objectives;
using search::Point;

constexpr double kFinalistReach = 1.0 / 3;  // of the front's range in the first objective

std::optional<double> limit_on(const std::string& metric, const search::Limits& limits) {
  if (metric == "macs") return limits.macs;
  if (metric == "params") return limits.params;
  if (metric == "peak_activation_bytes") return limits.memory;
  if (metric == "depth" && limits.depth) return *limits.depth;
  return std::nullopt;
}

// Objectives scaled so that the reference is at 1 and the ideal at 0.
Point scaled(const Objectives& objectives, const std::vector<double>& reference,
             const search::Metrics& metrics) {
  Point point;
  for (std::size_t i = 0; i < objectives.list.size(); ++i) {
    const auto& objective = objectives.list[i];
    const double value = metrics.find(objective.metric)->second;
    if (objective.maximize)
      point.push_back((1 - value) / (1 - reference[i]));
    else
      point.push_back(reference[i] > 0 ? value / reference[i] : 1.0);
  }
  return point;
}

struct Scored {
  std::size_t id;
  search::Metrics metrics;
  Point point;
};

std::vector<FinalScores> final_scores(std::size_t id, const std::vector<search::FinalRow>& rows,
                                      const std::vector<std::string>& order) {
  std::vector<FinalScores> result;
  for (const auto& start : order) {
    FinalScores scores{.start = start};
    std::map<std::string, std::vector<double>, std::less<>> values;
    std::vector<search::FinalRow> mine;
    for (const auto& row : rows)
      if (row.proposal == id && row.start == start) mine.push_back(row);
    // In the order of seeds: sums must not depend on which finished first.
    std::sort(mine.begin(), mine.end(),
              [](const auto& a, const auto& b) { return a.seed < b.seed; });
    for (const auto& row : mine) {
      if (!row.message.empty()) {
        ++scores.failed;
        continue;
      }
      scores.seeds.push_back(row.seed);
      for (const auto& [name, value] : row.metrics) values[name].push_back(value);
    }
    for (const auto& [name, list] : values) {
      double mean = 0;
      for (const double v : list) mean += v / static_cast<double>(list.size());
      scores.mean[name] = mean;
      if (list.size() < 2) continue;
      double squares = 0;
      for (const double v : list) squares += (v - mean) * (v - mean);
      scores.deviation[name] = std::sqrt(squares / static_cast<double>(list.size() - 1));
    }
    if (!mine.empty()) result.push_back(std::move(scores));
  }
  return result;
}

}  // namespace

Front summarise_front(const search::History& history, const Objectives& objectives,
                      const search::Limits& limits, const std::vector<search::FinalRow>& finals,
                      const std::vector<std::string>& final_order) {
  Front front{.objectives = objectives, .reference = {}, .hypervolume = 0, .members = {}};
  std::vector<Scored> scored;
  for (auto& [id, metrics] : search::believed(history))
    if (auto score = search::score(objectives, metrics); score && score->violation == 0)
      scored.push_back({id, std::move(metrics), std::move(score->point)});

  for (const auto& objective : objectives.list) {
    double reference = 0;
    if (!objective.maximize) {
      for (const auto& one : scored)
        reference = std::max(reference, one.metrics.find(objective.metric)->second);
      reference = limit_on(objective.metric, limits).value_or(reference);
    }
    reference = objective.bound.value_or(reference);
    front.reference.push_back(reference);
  }
  if (scored.empty()) return front;

  std::vector<Point> points;
  for (const auto& one : scored) points.push_back(one.point);
  std::vector<std::size_t> chosen = search::pareto_front(points);
  std::sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
    return std::pair{scored[a].point, scored[a].id} < std::pair{scored[b].point, scored[b].id};
  });

  std::vector<Point> box;
  for (const std::size_t i : chosen) {
    const std::size_t id = scored[i].id;
    const auto& metrics = scored[i].metrics;
    box.push_back(scaled(objectives, front.reference, metrics));
    front.members.push_back({id, metrics, final_scores(id, finals, final_order)});
  }
  front.hypervolume = search::hypervolume(box, Point(objectives.list.size(), 1.0));
  return front;
}

bool may_change(const Front& front, const search::History& history, std::size_t id) {
  const search::Result& result = *history.result(id);
  if (history.find(history.proposal(id).key) != id) return true;  // of one that is known
  if (result.status != search::Status::done) return false;
  const auto scored = search::score(front.objectives, result.metrics);
  if (!scored || scored->violation > 0) return false;
  for (std::size_t i = 0; i < front.objectives.list.size(); ++i) {
    const auto& objective = front.objectives.list[i];
    if (!objective.maximize && result.metrics.at(objective.metric) > front.reference[i])
      return true;
  }
  return std::none_of(front.members.begin(), front.members.end(), [&](const FrontMember& member) {
    return search::better(*search::score(front.objectives, member.metrics), *scored);
  });
}

Front summarise_run(const search::History& history, const Experiment& experiment,
                    const std::vector<search::FinalRow>& finals) {
  const auto& limits = experiment.space.limits;
  const auto chosen = choose_finalists(summarise_front(history, experiment.objectives, limits),
                                       static_cast<std::size_t>(experiment.final.choose));
  std::vector<search::FinalRow> current;
  for (const auto& row : finals)
    if (std::count(chosen.begin(), chosen.end(), row.proposal) > 0 &&
        row.seed < experiment.final.seeds)
      current.push_back(row);
  return summarise_front(history, experiment.objectives, limits, current, experiment.final.start);
}

Counts count(const search::History& history) {
  Counts counts;
  for (std::size_t id = 0; id < history.size(); ++id) {
    const auto* result = history.result(id);
    if (!result) {
      ++counts.in_flight;
      continue;
    }
    switch (result->status) {
      case search::Status::done:
        ++counts.done;
        break;
      case search::Status::duplicate:
        ++counts.duplicates;
        break;
      case search::Status::rejected:
        ++counts.rejected;
        break;
      case search::Status::diverged:
      case search::Status::failed:
        ++counts.failed;
        break;
    }
  }
  return counts;
}

std::vector<std::size_t> choose_finalists(const Front& front, std::size_t number) {
  std::vector<std::size_t> ids;
  if (front.members.empty()) return ids;
  const std::string& first = front.objectives.list.front().metric;
  const auto value = [&](const FrontMember& member) { return member.metrics.find(first)->second; };
  const double best = value(front.members.front());
  const double reach = front.objectives.list.front().bound
                           ? std::numeric_limits<double>::infinity()
                           : std::abs(best - value(front.members.back())) * kFinalistReach;
  const auto members = static_cast<std::size_t>(std::count_if(
      front.members.begin(), front.members.end(),
      [&](const FrontMember& member) { return std::abs(best - value(member)) <= reach; }));
  const std::size_t wanted = std::min(number, members);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t at = wanted == 1 ? 0 : i * (members - 1) / (wanted - 1);
    ids.push_back(front.members[at].id);
  }
  return ids;
}

}  // namespace lamarck::experiments
