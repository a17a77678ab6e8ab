#include "search/methods/population.hpp"

#include <algorithm>

namespace lamarck::search {

bool fitter(const Member& a, const Member& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (a.crowding != b.crowding) return a.crowding > b.crowding;
  return a.id < b.id;
}

void Population::update(const View& view) {
  if (view.results() < seen_) {
    members_.clear();
    seen_ = 0;
  }
  for (; seen_ < view.results(); ++seen_) add(seen_, view.result(seen_));
}

void Population::add(std::size_t id, const Result& result) {
  if (result.status != Status::done) return;
  if (objectives_.ranking == Ranking::pareto && objectives_.list.size() > 1) {
    auto point = objective_vector(objectives_, result.metrics);
    if (!point) return;
    members_.push_back({.id = id, .point = std::move(*point)});
  } else {
    const auto value = scalar(objectives_, result.metrics);
    if (!value) return;
    members_.push_back({.id = id, .point = {*value}});
  }
  rank();
  if (members_.size() > size_) {
    members_.pop_back();
    rank();  // crowding distances change with the one that left
  }
}

void Population::rank() {
  std::vector<Point> points;
  points.reserve(members_.size());
  for (const Member& member : members_) points.push_back(member.point);
  const auto ranks = pareto_ranks(points);
  const std::size_t fronts = ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end()) + 1;
  for (std::size_t front = 0; front < fronts; ++front) {
    std::vector<std::size_t> at;
    std::vector<Point> of_front;
    for (std::size_t i = 0; i < points.size(); ++i)
      if (ranks[i] == front) {
        at.push_back(i);
        of_front.push_back(points[i]);
      }
    const auto distances = crowding_distances(of_front);
    for (std::size_t i = 0; i < at.size(); ++i) {
      members_[at[i]].rank = front;
      members_[at[i]].crowding = distances[i];
    }
  }
  std::sort(members_.begin(), members_.end(), fitter);
}

}  // namespace lamarck::search
