#include "experiments/proxies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "kernels/error.hpp"
#include "kernels/threads.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/proxies/learning_curve.hpp"

namespace lamarck::experiments {
namespace {

constexpr std::size_t kLeastToRank = 5;

struct Scored {
  std::size_t id = 0;
  double value = 0;  ///< larger is better
  const search::Result* result = nullptr;
};

// Each candidate once, by its first evaluation: what it is promoted to or repeated as has been
// trained longer, or is known already.
std::vector<Scored> scored_candidates(const search::History& history, const std::string& metric,
                                      bool maximize, std::size_t limit) {
  std::vector<Scored> all;
  for (std::size_t id = 0; id < history.size(); ++id) {
    if (history.find(history.proposal(id).key) != id) continue;
    const auto* result = history.result(id);
    if (!result || result->status != search::Status::done) continue;
    const auto found = result->metrics.find(metric);
    if (found == result->metrics.end() || !std::isfinite(found->second)) continue;
    all.push_back({id, maximize ? found->second : -found->second, result});
  }
  if (all.size() <= limit) return all;
  std::vector<Scored> some;
  for (std::size_t i = 0; i < limit; ++i) some.push_back(all[i * all.size() / limit]);
  return some;
}

using Cheap = std::function<std::optional<double>(const Scored&)>;

ProxyRow row_of(std::string name, ProxyRow::Kind kind, const std::vector<Scored>& candidates,
                const Cheap& cheap, bool predicts = false) {
  using Clock = std::chrono::steady_clock;
  ProxyRow row{.name = std::move(name), .kind = kind};
  std::vector<double> guesses;
  std::vector<double> values;
  const auto began = Clock::now();
  for (const Scored& candidate : candidates)
    if (const auto guess = cheap(candidate); guess && !std::isnan(*guess)) {
      guesses.push_back(*guess);
      values.push_back(candidate.value);
    }
  const std::chrono::duration<double> taken = Clock::now() - began;
  if (kind == ProxyRow::Kind::network && !candidates.empty())
    row.seconds = taken.count() / static_cast<double>(candidates.size());
  row.candidates = guesses.size();
  if (predicts && !guesses.empty()) {
    row.error = 0;
    for (std::size_t i = 0; i < guesses.size(); ++i)
      *row.error += std::abs(guesses[i] - values[i]) / static_cast<double>(guesses.size());
  }
  row.spearman = search::spearman(guesses, values);
  row.kendall = search::kendall(guesses, values);
  return row;
}

std::optional<double> metric_of(const search::Metrics& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  if (found == metrics.end()) return std::nullopt;
  return found->second;
}

// Scores after epochs 1, 2, ...; larger is better.
std::vector<double> curve_of(const search::Result& result, const std::string& metric, double sign) {
  std::vector<double> curve;
  for (const search::EpochRow& row : result.epochs)
    if (row.epoch > 0)
      if (const auto value = metric_of(row.metrics, metric)) curve.push_back(sign * *value);
  return curve;
}

// The length that most have, of several such the greatest: starts may be trained for longer.
std::size_t usual_length(const std::vector<Scored>& candidates, const std::string& metric,
                         double sign) {
  std::map<std::size_t, std::size_t> counts;
  for (const Scored& candidate : candidates)
    ++counts[curve_of(*candidate.result, metric, sign).size()];
  std::size_t usual = 0;
  for (const auto& [length, count] : counts)
    if (usual == 0 || count >= counts[usual]) usual = length;
  return usual;
}

// What a beginning of each learning curve says of its end.
void add_curves(std::vector<ProxyRow>& rows, const std::vector<Scored>& candidates,
                const std::string& metric, double sign) {
  const std::size_t length = usual_length(candidates, metric, sign);
  if (length < 2) return;
  for (const std::size_t epochs : std::set<std::size_t>{1, (length + 1) / 2, length - 1}) {
    const auto add = [&](std::string name, const auto& guess) {
      rows.push_back(row_of(
          std::move(name), ProxyRow::Kind::run, candidates,
          [&](const Scored& candidate) -> std::optional<double> {
            auto curve = curve_of(*candidate.result, metric, sign);
            if (curve.size() <= epochs || curve.size() > length) return std::nullopt;
            curve.resize(epochs);
            return guess(curve);
          },
          true));
    };
    add(fmt::format("epoch {} of {}", epochs, length),
        [](const std::vector<double>& curve) { return curve.back(); });
    if (epochs > 1)  // below that the curve is its last score
      add(fmt::format("curve of {} to {}", epochs, length), [&](const std::vector<double>& curve) {
        return nn::extrapolated(curve, static_cast<double>(length));
      });
  }
}

}  // namespace

ProxyScorer::ProxyScorer(const nn::TrainData& data, const nn::InitOptions& init, int batch,
                         std::uint64_t seed, bool winograd)
    : init_{init},
      seed_{Random{seed, "proxy weights"}.seed()},
      batch_{nn::proxy_batch(data, batch, Random{seed, "proxy batch"}.seed())} {
  batch_.winograd = winograd;
}

std::optional<double> ProxyScorer::operator()(const nn::ProxyKind& kind,
                                              const nn::Architecture& architecture) const {
  std::optional<double> score;
  try {
    kernels::with_threads(
        1, [&] { score = kind.score(nn::make_model(architecture, init_, seed_), batch_); });
  } catch (const KernelError&) {
    return std::nullopt;
  } catch (const IoError&) {  // memory
    return std::nullopt;
  }
  return score;
}

search::CheapScore prescreen_score(const Experiment& experiment, const nn::TrainData& data) {
  const PrescreenConfig& config = *experiment.search.prescreen;
  const nn::ProxyKind& kind = nn::proxy_kind(config.proxy);
  return [scorer = ProxyScorer{data, experiment.init, config.batch, experiment.seed,
                               experiment.train.winograd},
          &kind](const search::Genome& genome) {
    return scorer(kind, nn::architecture_from_yaml(genome.text, "genome"));
  };
}

std::vector<ProxyRow> proxy_rows(const search::History& history, const std::string& metric,
                                 bool maximize, const ProxyScorer* scorer, std::size_t limit) {
  const auto candidates = scored_candidates(history, metric, maximize, limit);
  std::vector<ProxyRow> rows;
  const auto from_result = [&](const char* name, ProxyRow::Kind kind) {
    const auto row = row_of(name, kind, candidates, [&](const Scored& candidate) {
      return metric_of(candidate.result->metrics, name);
    });
    const bool constant = row.candidates >= kLeastToRank && !row.spearman;
    if (row.candidates > 0 && !constant) rows.push_back(row);
  };
  if (scorer)
    for (const nn::ProxyKind& kind : nn::proxy_kinds()) {
      if (kind.name == "params" || kind.name == "macs") continue;  // below, from the results
      rows.push_back(row_of(std::string{kind.name}, ProxyRow::Kind::network, candidates,
                            [&](const Scored& candidate) {
                              return (*scorer)(
                                  kind, nn::architecture_from_yaml(
                                            history.proposal(candidate.id).genome.text, "genome"));
                            }));
    }
  for (const char* name : {"params", "macs"})
    if (name != metric) from_result(name, ProxyRow::Kind::baseline);
  for (const char* name : {"total_epochs", "quick_accuracy"})
    from_result(name, ProxyRow::Kind::run);
  add_curves(rows, candidates, metric, maximize ? 1 : -1);
  return rows;
}

std::string verdict(const std::vector<ProxyRow>& rows) {
  const auto best = [&](ProxyRow::Kind kind) {
    const ProxyRow* found = nullptr;
    for (const ProxyRow& row : rows)
      if (row.kind == kind && row.spearman &&
          (!found || row.spearman->value > found->spearman->value))
        found = &row;
    return found;
  };
  const ProxyRow* proxy = best(ProxyRow::Kind::network);
  const ProxyRow* baseline = best(ProxyRow::Kind::baseline);
  if (!proxy || !baseline) return "";
  const auto& a = *proxy->spearman;
  const auto& b = *baseline->spearman;
  const double apart = 2 * std::hypot(a.standard_error, b.standard_error);
  if (a.value > b.value + apart)
    return fmt::format("{} ranks better than {}, the best of the baselines", proxy->name,
                       baseline->name);
  if (a.value < b.value - apart)
    return fmt::format("no proxy ranks as well as {}, which costs nothing", baseline->name);
  return fmt::format("no proxy can be told from {}, which costs nothing (two standard errors)",
                     baseline->name);
}

}  // namespace lamarck::experiments
