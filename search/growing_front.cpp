#include "search/growing_front.hpp"

#include <algorithm>
#include <optional>

namespace lamarck::search {
namespace {

// Of equal points the one with the lower id is on the front.
bool beats(std::size_t a_id, std::span<const double> a, std::size_t b_id,
           std::span<const double> b) {
  return std::ranges::equal(a, b) ? a_id <= b_id : dominates(a, b);
}

}  // namespace

GrowingFront::GrowingFront(Objectives objectives)
    : objectives_{std::move(objectives)},
      width_{objectives_.ranking == Ranking::pareto ? objectives_.list.size() : 1} {}

void GrowingFront::update(const View& view) {
  if (view.results() < seen_) *this = GrowingFront{std::move(objectives_)};
  for (; seen_ < view.results(); ++seen_)
    if (const auto id = estimates_.add(view, seen_)) place(view, *id);
}

std::vector<std::size_t> GrowingFront::ids() const {
  std::vector<std::size_t> ids;
  for (const Member& member : members_) ids.push_back(member.id);
  return ids;
}

std::vector<Point> GrowingFront::points() const {
  std::vector<Point> points;
  for (const Member& member : members_) points.push_back(member.point);
  return points;
}

// The candidate is new, or its number is another than before.
void GrowingFront::place(const View& view, std::size_t id) {
  auto scored = score(objectives_, estimates_.of(view, id));
  if (scored && scored->violation > 0) scored.reset();
  const auto at = std::ranges::lower_bound(ids_, id) - ids_.begin();
  const bool known = at < std::ssize(ids_) && ids_[static_cast<std::size_t>(at)] == id;
  std::optional<Point> left;  // the front
  if (const auto member = std::ranges::find(members_, id, &Member::id); member != members_.end()) {
    left = std::move(member->point);
    members_.erase(member);
  }
  const auto numbers = points_.begin() + at * static_cast<std::ptrdiff_t>(width_);
  if (known && scored) {
    std::ranges::copy(scored->point, numbers);
  } else if (known) {
    ids_.erase(ids_.begin() + at);
    points_.erase(numbers, numbers + static_cast<std::ptrdiff_t>(width_));
  } else if (scored) {
    ids_.insert(ids_.begin() + at, id);
    points_.insert(numbers, scored->point.begin(), scored->point.end());
  }
  if (scored) insert(id, scored->point);
  if (!left) return;
  for (std::size_t i = 0; i < ids_.size(); ++i)
    if (beats(id, *left, ids_[i], point(i))) insert(ids_[i], point(i));
}

std::span<const double> GrowingFront::point(std::size_t number) const {
  return std::span{points_}.subspan(number * width_, width_);
}

void GrowingFront::insert(std::size_t id, std::span<const double> point) {
  const auto beaten = std::ranges::any_of(
      members_, [&](const Member& member) { return beats(member.id, member.point, id, point); });
  if (beaten) return;
  std::erase_if(members_,
                [&](const Member& member) { return beats(id, point, member.id, member.point); });
  Member newcomer{id, {point.begin(), point.end()}};
  const auto at = std::ranges::lower_bound(members_, newcomer.point, {}, &Member::point);
  members_.insert(at, std::move(newcomer));
}

}  // namespace lamarck::search
