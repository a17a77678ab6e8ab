#include "search/methods/population.hpp"

#include <algorithm>
#include <span>

#include "search/pareto.hpp"

namespace lamarck::search {

namespace {

// Of members with equal violation; gives the number of the next front.
std::size_t rank_peers(std::span<Member> peers, std::size_t first_front) {
  std::vector<Point> points;
  points.reserve(peers.size());
  for (Member& member : peers) points.push_back(std::move(member.score.point));  // for a while
  const auto ranks = pareto_ranks(points);
  const std::size_t fronts = *std::max_element(ranks.begin(), ranks.end()) + 1;
  for (std::size_t front = 0; front < fronts; ++front) {
    std::vector<std::size_t> at;
    std::vector<Point> of_front;
    for (std::size_t i = 0; i < points.size(); ++i)
      if (ranks[i] == front) {
        at.push_back(i);
        of_front.push_back(std::move(points[i]));
      }
    const auto distances = crowding_distances(of_front);
    for (std::size_t i = 0; i < at.size(); ++i) {
      peers[at[i]].rank = first_front + front;
      peers[at[i]].crowding = distances[i];
      peers[at[i]].score.point = std::move(of_front[i]);
    }
  }
  return first_front + fronts;
}

}  // namespace

bool fitter(const Member& a, const Member& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (a.crowding != b.crowding) return a.crowding > b.crowding;
  return a.id < b.id;
}

void rank_members(std::vector<Member>& members) {
  // Members of equal violation compete by their points; those that violate more come after them.
  const auto violates_less = [](const Member& a, const Member& b) {
    return a.score.violation < b.score.violation;
  };
  if (!std::is_sorted(members.begin(), members.end(), violates_less))
    std::stable_sort(members.begin(), members.end(), violates_less);
  std::size_t fronts = 0;
  for (auto first = members.begin(); first != members.end();) {
    const auto last = std::find_if(first, members.end(), [&](const Member& member) {
      return member.score.violation > first->score.violation;
    });
    fronts = rank_peers({first, last}, fronts);
    first = last;
  }
  std::sort(members.begin(), members.end(), fitter);
}

void Population::update(const View& view) {
  if (view.results() < seen_) {
    members_.clear();
    estimates_ = {};
    seen_ = 0;
  }
  for (; seen_ < view.results(); ++seen_) {
    const auto id = estimates_.add(view, seen_);
    if (id == seen_) add(*id, view.result(*id).metrics);
    if (id && id != seen_) correct(*id, estimates_.of(view, *id));
  }
}

void Population::add(std::size_t id, const Metrics& metrics) {
  auto scored = score(objectives_, metrics);
  if (!scored || hopeless(*scored)) return;
  members_.push_back({.id = id, .score = std::move(*scored)});
  rank_members(members_);
  if (members_.size() > size_) {
    members_.pop_back();
    rank_members(members_);  // crowding distances change with the one that left
  }
}

// Who has left does not come back.
void Population::correct(std::size_t id, const Metrics& metrics) {
  const auto member = std::find_if(members_.begin(), members_.end(),
                                   [&](const Member& one) { return one.id == id; });
  auto scored = score(objectives_, metrics);
  if (member == members_.end() || !scored) return;
  member->score = std::move(*scored);
  rank_members(members_);
}

// Worse than a member of the last front: it would be a front of its own after it, and leave at
// once. Most candidates of a long run are, so they cost no ranking.
bool Population::hopeless(const Score& score) const {
  if (members_.size() < size_) return false;
  for (auto one = members_.rbegin(); one != members_.rend(); ++one) {
    if (one->rank != members_.back().rank) break;
    if (better(one->score, score)) return true;
  }
  return false;
}

}  // namespace lamarck::search
