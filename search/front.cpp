#include "search/estimates.hpp"
#include "search/pareto.hpp"
#include "search/searcher.hpp"

namespace lamarck::search {

std::vector<std::size_t> front(const View& view, const Objectives& objectives) {
  Estimates estimates;
  std::vector<std::size_t> done;
  for (std::size_t id = 0; id < view.results(); ++id)
    if (estimates.add(view, id) == id) done.push_back(id);
  std::vector<std::size_t> ids;
  std::vector<Point> points;
  for (const std::size_t id : done) {
    auto scored = score(objectives, estimates.of(view, id));
    if (!scored || scored->violation > 0) continue;
    ids.push_back(id);
    points.push_back(std::move(scored->point));
  }
  std::vector<std::size_t> best;
  for (const std::size_t i : pareto_front(points)) best.push_back(ids[i]);
  return best;
}

}  // namespace lamarck::search
