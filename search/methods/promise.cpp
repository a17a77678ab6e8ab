#include "search/methods/promise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/pareto.hpp"

namespace lamarck::search {
namespace {

constexpr std::size_t kFewestLearnt = 6;
constexpr std::size_t kSlide = 64;  // results by which the window moves on once it is full

// Models are shaped anew when there are a quarter more results, later with every slide of the
// window: the last such number of results, 0 below the first.
std::size_t last_shaping(std::size_t results) {
  if (results >= Promise::kMostLearnt) return results - results % kSlide;
  std::size_t at = 0;
  for (std::size_t next = kFewestLearnt; next <= results;
       next += std::max<std::size_t>(4, next / 4))
    at = next;
  return at;
}

}  // namespace

double Promise::Model::bent(double value) const {
  if (value <= median) return value;
  return median + spread * std::log1p((value - median) / spread);
}

Promise::Promise(const Space& space, const Objectives& objectives)
    : space_{&space}, objectives_{objectives}, scale_{space, objectives} {
  const Metrics costs = space.costs(space.starts().front());
  if (objectives.ranking != Ranking::pareto)
    models_.resize(1);
  else
    for (const Objective& objective : objectives.list)
      models_.push_back({.known = costs.count(objective.metric) > 0});
}

void Promise::update(const View& view) {
  if (view.results() < seen_) {
    done_.clear();
    promoted_.clear();
    seen_ = built_ = first_ = learnt_ = 0;
  }
  for (; seen_ < view.results(); ++seen_) {
    const Result& result = view.result(seen_);
    const Proposal& proposal = view.proposal(seen_);
    if (proposal.origin == kPromote) {
      promoted_[seen_] = *view.first(proposal.key);
      continue;
    }
    if (result.status == Status::done && score(objectives_, result.metrics)) done_.push_back(seen_);
  }
  if (done_.empty() || space_->features(view.proposal(done_.front()).genome).empty()) return;
  const std::size_t shaping = last_shaping(done_.size());
  if (shaping == 0) return;
  if (shaping != built_) rebuild(view, shaping);
  for (; learnt_ < done_.size(); ++learnt_) {
    const Learnt one = example(view, learnt_);
    for (std::size_t i = 0; i < models_.size(); ++i)
      if (!models_[i].known) models_[i].surrogate.add(one.features, models_[i].bent(one.point[i]));
  }
}

Promise::Learnt Promise::example(const View& view, std::size_t number) const {
  const std::size_t id = done_[number];
  return {id, space_->features(view.proposal(id).genome),
          score(objectives_, view.result(id).metrics)->point};
}

void Promise::rebuild(const View& view, std::size_t count) {
  built_ = learnt_ = count;
  first_ = count - std::min(count, kMostLearnt);
  std::vector<Learnt> window;
  std::vector<std::vector<double>> features;
  for (std::size_t number = first_; number < count; ++number) {
    window.push_back(example(view, number));
    features.push_back(window.back().features);
  }
  for (std::size_t i = 0; i < models_.size(); ++i) {
    Model& model = models_[i];
    if (model.known) continue;
    std::vector<double> values;
    for (const Learnt& one : window) values.push_back(one.point[i]);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    model.median = sorted[sorted.size() / 2];
    model.spread = std::max(1e-12, model.median - sorted[sorted.size() / 8]);
    for (double& value : values) value = model.bent(value);
    model.surrogate = Surrogate{Surrogate::shape_of(features, values), features, values};
  }
}

// What is believed of a member: its score, less the noise that the model sees in it.
std::vector<double> Promise::estimated(const Member& member) const {
  std::vector<double> point = member.score.point;
  const auto promoted = promoted_.find(member.id);
  const std::size_t id = promoted == promoted_.end() ? member.id : promoted->second;
  const auto at = std::lower_bound(done_.begin(), done_.end(), id);
  const auto number = static_cast<std::size_t>(at - done_.begin());
  const bool inside = number >= first_ && number < learnt_ && *at == id;
  for (std::size_t i = 0; i < point.size(); ++i)
    if (!models_[i].known)
      point[i] =
          inside ? models_[i].surrogate.smoothed(number - first_) : models_[i].bent(point[i]);
  return point;
}

Promise::Yardstick Promise::against(std::span<const Member> members) const {
  Yardstick yardstick{*this};
  std::vector<Point> points;
  for (const Member& member : members)
    if (member.rank == 0) points.push_back(estimated(member));
  if (models_.size() > 1) yardstick.scale_.fit(points);
  for (const std::size_t i : pareto_front(points))
    yardstick.front_.push_back(yardstick.scale_(points[i]));
  for (std::size_t i = 0; i < models_.size(); ++i) {
    const auto [low, high] =
        std::minmax_element(yardstick.front_.begin(), yardstick.front_.end(),
                            [&](const auto& a, const auto& b) { return a[i] < b[i]; });
    yardstick.spread_.push_back(std::max(1e-12, (*high)[i] - (*low)[i]));
  }
  return yardstick;
}

double Promise::Yardstick::of(const Genome& genome, double optimism) const {
  const auto& models = promise_->models_;
  const std::vector<double> features = promise_->space_->features(genome);
  const Metrics costs = promise_->space_->costs(genome);
  std::vector<double> point(models.size());
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].known) {
      const Objective& objective = promise_->objectives_.list[i];
      const double cost = costs.find(objective.metric)->second;
      point[i] = scale_(i, objective.maximize ? -cost : cost);
    } else if (optimism == 0) {
      point[i] = models[i].surrogate.mean(features);
    } else {
      const auto [mean, deviation] = models[i].surrogate.predict(features);
      point[i] = mean - optimism * deviation;
    }
  }
  if (point.size() == 1) return front_[0][0] - point[0];
  double least = std::numeric_limits<double>::infinity();
  for (const auto& member : front_) {
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < point.size(); ++i)
      most = std::max(most, (member[i] - point[i]) / spread_[i]);
    least = std::min(least, most);
  }
  return least;
}

}  // namespace lamarck::search
