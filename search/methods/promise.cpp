#include "search/methods/promise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/methods/attempts.hpp"
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

double minimised(const Objective& objective, double value) {
  return objective.maximize ? -value : value;
}

// By how much a value that is minimised misses a bound, as a share of it.
double missed(double bound, double value) {
  return std::max(0.0, value - bound) /
         std::max(std::abs(bound), std::numeric_limits<double>::min());
}

}  // namespace

double Promise::Model::bent(double value) const {
  if (value <= median) return value;
  return median + spread * std::log1p((value - median) / spread);
}

Promise::Promise(const Space& space, const Objectives& objectives)
    : space_{&space}, objectives_{objectives}, scale_{space, objectives} {
  const Metrics costs = example_costs(space);
  const bool pareto = objectives.ranking == Ranking::pareto;
  const auto add_objectives = [&](const auto& wanted) {
    for (std::size_t i = 0; i < objectives.list.size(); ++i)
      if (wanted(objectives.list[i]))
        models_.push_back({.objective = i, .known = costs.count(objectives.list[i].metric) > 0});
  };
  if (pareto)
    add_objectives([](const Objective&) { return true; });
  else
    models_.resize(1);
  ranked_ = models_.size();
  if (!pareto) add_objectives([](const Objective& one) { return one.bound.has_value(); });
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
      if (!models_[i].known) models_[i].surrogate.add(one.features, models_[i].bent(one.values[i]));
  }
}

Promise::Learnt Promise::example(const View& view, std::size_t number) const {
  const std::size_t id = done_[number];
  return {id, space_->features(view.proposal(id).genome), values(view.result(id).metrics)};
}

std::vector<double> Promise::values(const Metrics& metrics) const {
  std::vector<double> all = score(objectives_, metrics)->point;
  for (std::size_t i = ranked_; i < models_.size(); ++i) {
    const Objective& objective = objectives_.list[*models_[i].objective];
    all.push_back(minimised(objective, metrics.find(objective.metric)->second));
  }
  return all;
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
    for (const Learnt& one : window) values.push_back(one.values[i]);
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
  for (const Member& member : members) {
    if (member.rank != 0) continue;
    points.push_back(estimated(member));
    yardstick.violation_ = member.score.violation;  // members of a rank violate as much
  }
  if (ranked_ > 1) yardstick.scale_.fit(points);
  for (const std::size_t i : pareto_front(points))
    yardstick.front_.push_back(yardstick.scale_(points[i]));
  for (std::size_t i = 0; i < ranked_; ++i) {
    const auto [low, high] =
        std::minmax_element(yardstick.front_.begin(), yardstick.front_.end(),
                            [&](const auto& a, const auto& b) { return a[i] < b[i]; });
    yardstick.spread_.push_back(std::max(1e-12, (*high)[i] - (*low)[i]));
  }
  return yardstick;
}

double Promise::Yardstick::of(const Genome& genome, double optimism) const {
  constexpr double kMissed = 1e6;  // beyond any loss in units of the front's spread
  const std::vector<double> features = promise_->space_->features(genome);
  const Metrics costs = promise_->space_->costs(genome);
  std::vector<double> point(promise_->ranked_);
  double violation = 0;
  for (std::size_t i = 0; i < promise_->models_.size(); ++i) {
    const Model& model = promise_->models_[i];
    const Objective* objective =
        model.objective ? &promise_->objectives_.list[*model.objective] : nullptr;
    double value = 0;
    if (model.known) {
      const auto cost = costs.find(objective->metric);
      if (cost == costs.end() || !std::isfinite(cost->second))  // it would fail
        return -std::numeric_limits<double>::infinity();
      value = minimised(*objective, cost->second);
    } else if (optimism == 0) {
      value = model.surrogate.mean(features);
    } else {
      const auto [mean, deviation] = model.surrogate.predict(features);
      value = mean - optimism * deviation;
    }
    if (objective && objective->bound) {
      const double bound = minimised(*objective, *objective->bound);
      violation += missed(model.known ? bound : model.bent(bound), value);
    }
    if (i < point.size()) point[i] = model.known ? scale_(i, value) : value;
  }
  if (violation_ > 0) return violation_ - violation;
  return violation > 0 ? -kMissed - violation : gain(point);
}

double Promise::Yardstick::gain(const std::vector<double>& point) const {
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
