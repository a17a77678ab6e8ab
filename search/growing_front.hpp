// The front of a history that grows, kept up to date result by result: what front() computes anew.
//
// A member leaves when a newcomer beats it, and comes back only where its own number or that of
// whoever beat it changes, as it does when candidates are evaluated again; then all are looked at.
//
// Thread safety: a value.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "search/estimates.hpp"
#include "search/objectives.hpp"
#include "search/pareto.hpp"

namespace lamarck::search {

class GrowingFront {
 public:
  explicit GrowingFront(Objectives objectives);
  /// Takes in the results of `view` that it has not seen; starts over where the view shows fewer
  /// than it has seen. O(front) a result, O(results) where a member is evaluated again.
  void update(const View& view);
  /// front() of the last view.
  [[nodiscard]] std::vector<std::size_t> ids() const;
  /// What its members score, in the same order.
  [[nodiscard]] std::vector<Point> points() const;

 private:
  struct Member {
    std::size_t id;
    Point point;
  };
  void place(const View& view, std::size_t id);
  [[nodiscard]] std::span<const double> point(std::size_t number) const;
  void insert(std::size_t id, std::span<const double> point);

  Objectives objectives_;
  std::size_t width_;  // numbers a point
  std::size_t seen_ = 0;
  Estimates estimates_;
  std::vector<Member> members_;  // by point, lexicographically; no two are equal
  // All candidates that may be on the front, by id, with their points one after the other.
  std::vector<std::size_t> ids_;
  std::vector<double> points_;
};

}  // namespace lamarck::search
