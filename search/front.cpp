#include "search/pareto.hpp"
#include "search/searcher.hpp"

namespace lamarck::search {

std::vector<std::size_t> front(const View& view, const Objectives& objectives) {
  std::vector<std::size_t> ids;
  std::vector<Point> points;
  for (std::size_t id = 0; id < view.results(); ++id) {
    const Result& result = view.result(id);
    if (result.status != Status::done) continue;
    if (objectives.ranking == Ranking::pareto) {
      if (auto point = objective_vector(objectives, result.metrics)) {
        ids.push_back(id);
        points.push_back(std::move(*point));
      }
    } else if (const auto value = scalar(objectives, result.metrics)) {
      ids.push_back(id);
      points.push_back({*value});
    }
  }
  std::vector<std::size_t> best;
  for (const std::size_t i : pareto_front(points)) best.push_back(ids[i]);
  return best;
}

}  // namespace lamarck::search
