// The population of a steady-state evolution: a fold over results in the order of their ids. Each
// finished candidate joins, and when there are too many the worst leaves for good, so weights of
// those that left can go.
//
// Ranking: bounds first, then Pareto rank, then crowding distance (NSGA-II); with one number, that
// number.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "search/estimates.hpp"
#include "search/objectives.hpp"
#include "search/searcher.hpp"

namespace lamarck::search {

struct Member {
  std::size_t id = 0;
  Score score;
  std::size_t rank = 0;
  double crowding = 0;
};

/// a is the better parent: lower rank (all that keep the bounds before all that do not), then
/// larger crowding distance, then the older.
[[nodiscard]] bool fitter(const Member& a, const Member& b);

/// Sets rank and crowding of all and sorts them, fittest first.
void rank_members(std::vector<Member>& members);

class Population {
 public:
  Population(const Objectives& objectives, std::size_t size)
      : objectives_{objectives}, size_{size} {}
  /// Takes in the results of `view` that it has not seen; starts over where the view shows fewer
  /// than it has seen. A member that was repeated counts by the mean of its evaluations; one that
  /// was promoted takes its own place, unless training has made it worse.
  void update(const View& view);
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// How often a member was evaluated, failures included.
  [[nodiscard]] std::size_t evaluations(const Member& member) const {
    return estimates_.attempts(member.id);
  }

 private:
  // `before`: the member that was trained further to become this one.
  void add(std::size_t id, const Metrics& metrics, std::optional<std::size_t> before);
  void correct(std::size_t id, const Metrics& metrics);
  [[nodiscard]] bool hopeless(const Score& score) const;

  Objectives objectives_;
  std::size_t size_;
  std::size_t seen_ = 0;
  Estimates estimates_;
  std::vector<Member> members_;  // best first
};

}  // namespace lamarck::search
