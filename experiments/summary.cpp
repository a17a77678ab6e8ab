#include "experiments/summary.hpp"

#include <fmt/format.h>

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

bool keeps(const search::Limits& limits, const search::Metrics& metrics) {
  return std::ranges::all_of(maxima(limits), [&](const auto& limit) {
    const auto found = metrics.find(limit.first);
    return found != metrics.end() && found->second <= limit.second;
  });
}

// Between what an objective's numbers lie, over all candidates that keep the bounds.
struct Range {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

// One number of the point whose box is to be measured: the reference is at 1 and the ideal at 0.
double scaled(const search::Objective& objective, double reference, const Range& range,
              double value) {
  if (objective.maximize) return (1 - value) / (1 - reference);
  const double ideal = std::min(0.0, range.least);
  return reference > ideal ? (value - ideal) / (reference - ideal) : 1.0;
}

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

void add_finals(Front& front, const std::vector<search::FinalRow>& rows,
                const std::vector<std::string>& order) {
  for (FrontMember& member : front.members) member.finals = final_scores(member.id, rows, order);
}

}  // namespace

Maxima maxima(const search::Limits& limits) {
  Maxima all;
  if (limits.macs) all["macs"] = *limits.macs;
  if (limits.params) all["params"] = *limits.params;
  if (limits.memory) all["peak_activation_bytes"] = *limits.memory;
  if (limits.depth) all["depth"] = *limits.depth;
  return all;
}

Maxima maxima(const Experiment& experiment) {
  Maxima all = maxima(experiment.space.limits);
  if (!experiment.table) return all;
  for (const search::CostLimit& limit : experiment.table->limits)
    if (limit.most) all[limit.metric] = *limit.most;
  return all;
}

Front summarise_front(const search::History& history, const Objectives& objectives,
                      const Maxima& limits, const std::vector<search::FinalRow>& finals,
                      const std::vector<std::string>& final_order) {
  Front front{.objectives = objectives, .reference = {}, .hypervolume = 0, .members = {}};
  const auto& list = objectives.list;
  std::vector<Range> ranges(list.size());
  std::vector<std::size_t> ids;
  std::vector<Point> points;
  search::each_believed(history, [&](std::size_t id, const search::Metrics& metrics) {
    auto score = search::score(objectives, metrics);
    if (!score || score->violation > 0) return;
    for (std::size_t i = 0; i < list.size(); ++i)
      ranges[i].add(metrics.find(list[i].metric)->second);
    ids.push_back(id);
    points.push_back(std::move(score->point));
  });
  for (std::size_t i = 0; i < list.size(); ++i) {
    double reference = 0;
    if (!list[i].maximize) {
      const auto limit = limits.find(list[i].metric);
      reference = limit != limits.end() ? limit->second : ids.empty() ? 0 : ranges[i].most;
    }
    front.reference.push_back(list[i].bound.value_or(reference));
  }
  if (ids.empty()) return front;

  std::vector<std::size_t> chosen = search::pareto_front(points);
  std::sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
    return std::pair{points[a], ids[a]} < std::pair{points[b], ids[b]};
  });
  std::map<std::size_t, search::Metrics> members;
  for (const std::size_t i : chosen) members[ids[i]];
  search::each_believed(history, [&](std::size_t id, const search::Metrics& metrics) {
    if (const auto member = members.find(id); member != members.end()) member->second = metrics;
  });
  std::vector<Point> box;
  for (const std::size_t i : chosen) {
    search::Metrics& metrics = members[ids[i]];
    Point& corner = box.emplace_back();
    for (std::size_t k = 0; k < list.size(); ++k)
      corner.push_back(
          scaled(list[k], front.reference[k], ranges[k], metrics.find(list[k].metric)->second));
    front.members.push_back({ids[i], std::move(metrics), {}});
  }
  front.hypervolume = search::hypervolume(box, Point(list.size(), 1.0));
  add_finals(front, finals, final_order);
  return front;
}

bool may_change(const Front& front, const search::History& history, std::size_t id) {
  const search::Result& result = *history.result(id);
  if (history.proposal(id).origin == search::kRepeat) return true;  // of one that is known
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
  Front front = summarise_front(history, experiment.objectives, maxima(experiment));
  const auto chosen = choose_finalists(front, experiment.final);
  std::vector<search::FinalRow> current;
  for (const auto& row : finals)
    if (std::count(chosen.begin(), chosen.end(), row.proposal) > 0 &&
        row.seed < experiment.final.seeds)
      current.push_back(row);
  add_finals(front, current, experiment.final.start);
  return front;
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

std::vector<std::size_t> choose_finalists(const Front& front, const FinalConfig& config) {
  std::vector<std::size_t> ids;
  if (front.members.empty()) return ids;
  if (!config.best_within.empty()) {
    for (const search::Limits& limits : config.best_within)
      for (const FrontMember& member : front.members) {  // best first
        if (!keeps(limits, member.metrics)) continue;
        if (std::find(ids.begin(), ids.end(), member.id) == ids.end()) ids.push_back(member.id);
        break;
      }
    return ids;
  }
  const std::string& first = front.objectives.list.front().metric;
  const auto value = [&](const FrontMember& member) { return member.metrics.find(first)->second; };
  const double best = value(front.members.front());
  const double reach = front.objectives.list.front().bound
                           ? std::numeric_limits<double>::infinity()
                           : std::abs(best - value(front.members.back())) * kFinalistReach;
  const auto members = static_cast<std::size_t>(std::count_if(
      front.members.begin(), front.members.end(),
      [&](const FrontMember& member) { return std::abs(best - value(member)) <= reach; }));
  const std::size_t wanted = std::min(static_cast<std::size_t>(config.choose), members);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t at = wanted == 1 ? 0 : i * (members - 1) / (wanted - 1);
    ids.push_back(front.members[at].id);
  }
  return ids;
}

std::string failure(const search::History& history) {
  const Counts counts = count(history);
  if (counts.done > 0 || counts.failed == 0) return "";
  std::size_t last = history.size();
  while (last-- > 0)
    if (const auto* result = history.result(last);
        result &&
        (result->status == search::Status::diverged || result->status == search::Status::failed))
      break;
  const search::Result& result = *history.result(last);
  return fmt::format("every evaluation failed, {} of {}; the last, #{}: {}: {}", counts.failed,
                     counts.failed, last, search::name(result.status), result.message);
}

}  // namespace lamarck::experiments
