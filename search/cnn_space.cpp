#include "search/cnn_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "kernels/error.hpp"
#include "nn/canonical.hpp"
#include "nn/costs.hpp"
#include "nn/edits/crossover.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::search {
namespace {

using nn::Architecture;
using nn::Edit;

constexpr std::size_t kParsedKept = 4096;
constexpr std::size_t kSizes = 5;  // image sizes told apart: the input's, a half, ... and below
constexpr int kTries = 16;  // edits drawn before a mutation gives up on staying within the limits

std::string amount(double value) {
  if (value >= 1e6) return fmt::format("{:.3g} M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.3g} k", value / 1e3);
  return fmt::format("{:.3g}", value);
}

// Architectures by their text: searchers name the same few parents again and again.
class Parsed {
 public:
  std::shared_ptr<const Architecture> get(const Genome& genome) {
    {
      const std::lock_guard lock{mutex_};
      if (const auto found = kept_.find(genome.text); found != kept_.end()) return found->second;
    }
    auto architecture =
        std::make_shared<const Architecture>(nn::architecture_from_yaml(genome.text, "genome"));
    const std::lock_guard lock{mutex_};
    if (kept_.size() >= kParsedKept) kept_.clear();
    kept_.emplace(genome.text, architecture);
    return architecture;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Architecture>> kept_;
};

class CnnSpace final : public Space {
 public:
  explicit CnnSpace(CnnSpaceOptions options) : options_{std::move(options)} {
    for (const auto& [name, weight] : options_.edits) {
      if (weight == 0) continue;
      kinds_.push_back(&nn::edit_kind(name));
      weights_.push_back(weight);
    }
    std::string broken;
    for (const Architecture& start : options_.starts) {
      nn::validate(start);
      Genome genome{nn::to_yaml(start)};
      if (const auto fault = violation(genome))
        broken = *fault;
      else
        starts_.push_back(std::move(genome));
    }
    if (starts_.empty()) throw ConfigError("limits: no start network keeps them: " + broken);
  }

  std::vector<Genome> starts() const override { return starts_; }

  Variation random(Random& random) const override {
    Variation sample{.genome = starts_[random.below(starts_.size())]};
    const std::size_t steps = 1 + random.below(static_cast<std::size_t>(options_.random_steps));
    for (std::size_t i = 0; i < steps; ++i)
      if (auto next = mutate(sample.genome, random)) {
        sample.genome = std::move(next->genome);
        sample.edits.insert(sample.edits.end(), next->edits.begin(), next->edits.end());
      }
    sample.edits.clear();  // a sample has no parent whose weights the edits could be replayed on
    return sample;
  }

  std::optional<Variation> mutate(const Genome& genome, Random& random) const override {
    const auto architecture = parsed_.get(genome);
    std::vector<double> weights = weights_;
    std::vector<std::optional<std::vector<Edit>>> sites(kinds_.size());
    std::optional<Variation> beyond;
    for (int attempt = 0; attempt < kTries; ++attempt) {
      double sum = 0;
      for (const double weight : weights) sum += weight;
      if (!(sum > 0)) break;  // no kind has a site
      const std::size_t kind = random.weighted(weights);
      if (!sites[kind]) sites[kind] = kinds_[kind]->sites(*architecture, options_.sites);
      if (sites[kind]->empty()) {
        weights[kind] = 0;
        continue;
      }
      Edit edit = (*sites[kind])[random.below(sites[kind]->size())];
      edit.seed = random.bits32();
      Variation child = applied(*architecture, edit);
      if (!violation(child.genome)) return child;
      beyond = std::move(child);
    }
    return beyond;
  }

  std::optional<Variation> crossover(const Genome& head, const Genome& tail,
                                     Random& random) const override {
    const auto a = parsed_.get(head);
    const auto b = parsed_.get(tail);
    const auto points = nn::crossover_points(*a, *b);
    if (points.empty()) return std::nullopt;
    const auto& point = points[random.below(points.size())];
    Architecture child = nn::crossover(*a, *b, point);
    if (static_cast<int>(child.nodes.size()) > options_.sites.max_nodes) return std::nullopt;
    Edit edit{.kind = "crossover",
              .site = point.head_cut,
              .args = {{"tail", point.tail_cut}},
              .seed = random.bits32()};
    return Variation{.genome = {nn::to_yaml(child)}, .edits = {nn::to_text(edit)}};
  }

  std::vector<Variation> neighbours(const Genome& genome) const override {
    const auto architecture = parsed_.get(genome);
    std::vector<Variation> all;
    for (const auto* kind : kinds_)
      for (Edit& edit : kind->sites(*architecture, options_.sites)) {
        edit.seed = stable_hash(nn::to_text(edit)) & 0xffffffffU;
        all.push_back(applied(*architecture, edit));
      }
    return all;
  }

  std::string key(const Genome& genome) const override {
    return fmt::format("{:016x}", nn::canonical_hash(*parsed_.get(genome)));
  }

  Metrics costs(const Genome& genome) const override {
    const nn::Costs costs = nn::costs(*parsed_.get(genome));
    return {{"macs", static_cast<double>(costs.macs)},
            {"params", static_cast<double>(costs.params)},
            {"peak_activation_bytes", static_cast<double>(costs.peak_activation_bytes)},
            {"depth", static_cast<double>(costs.depth)}};
  }

  // What a network costs, how deep it is, what it is made of, and how that is spread over image
  // sizes. Each number is scaled so that an edit moves it by a tenth or a few: products of sizes by
  // their logarithm, counts by their root.
  std::vector<double> features(const Genome& genome) const override {
    const Architecture architecture = nn::canonical(*parsed_.get(genome));
    const nn::Costs costs = nn::costs(architecture);
    const auto logarithm = [](auto value) { return std::log10(1.0 + static_cast<double>(value)); };
    const auto root = [](auto value) { return std::sqrt(static_cast<double>(value)); };
    std::vector<double> features{logarithm(costs.macs), logarithm(costs.params),
                                 logarithm(costs.peak_activation_bytes), root(costs.depth)};
    std::array<double, std::variant_size_v<nn::Operation>> kinds{};
    std::array<double, kSizes> convolutions{};
    std::array<double, kSizes> channels{};
    std::vector<double> activations(kernels::all_activations().size());
    double normalised = 0;
    double grouped = 0;
    double kernel = 0;
    const auto shapes = nn::infer_shapes(architecture);
    for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
      const nn::Operation& operation = architecture.nodes[i].op;
      ++kinds[operation.index()];
      std::visit(
          [&](const auto& one) {
            if constexpr (requires { one.act; }) ++activations[static_cast<std::size_t>(one.act)];
          },
          operation);
      const auto* conv = std::get_if<nn::Conv>(&operation);
      if (conv == nullptr) continue;
      const double shrunk = static_cast<double>(architecture.input.height) / shapes[i].height;
      const auto size = std::min(kSizes - 1, static_cast<std::size_t>(std::log2(shrunk) + 0.5));
      ++convolutions[size];
      channels[size] = std::max(channels[size], static_cast<double>(conv->out));
      normalised += conv->norm == nn::Norm::batch ? 1 : 0;
      grouped += conv->groups > 1 ? 1 : 0;
      kernel += conv->kernel.height * conv->kernel.width > 9 ? 1 : 0;
    }
    for (const double count : kinds) features.push_back(root(count));
    for (const double count : activations) features.push_back(root(count));
    for (const double count : convolutions) features.push_back(root(count));
    for (const double count : channels) features.push_back(logarithm(count));
    for (const double count : {normalised, grouped, kernel}) features.push_back(root(count));
    const nn::TrainingGenes& genes = architecture.genes;
    features.push_back(logarithm(genes.rate.value_or(1)));
    features.push_back(logarithm(genes.weight_decay.value_or(1)));
    features.push_back(genes.label_smoothing.value_or(0));
    return features;
  }

  std::optional<std::string> violation(const Genome& genome) const override {
    const nn::Costs costs = nn::costs(*parsed_.get(genome));
    const auto over = [](const char* what, double value, double limit) {
      return fmt::format("{} {} above the limit of {}", what, amount(value), amount(limit));
    };
    const Limits& limits = options_.limits;
    const auto macs = static_cast<double>(costs.macs);
    const auto params = static_cast<double>(costs.params);
    const auto memory = static_cast<double>(costs.peak_activation_bytes);
    if (limits.macs && macs > *limits.macs) return over("macs", macs, *limits.macs);
    if (limits.params && params > *limits.params) return over("params", params, *limits.params);
    if (limits.memory && memory > *limits.memory) return over("memory", memory, *limits.memory);
    if (limits.depth && costs.depth > *limits.depth)
      return over("depth", costs.depth, *limits.depth);
    return std::nullopt;
  }

 private:
  static Variation applied(const Architecture& architecture, const Edit& edit) {
    return {.genome = {nn::to_yaml(nn::apply(architecture, edit))}, .edits = {nn::to_text(edit)}};
  }

  CnnSpaceOptions options_;
  std::vector<const nn::EditKind*> kinds_;
  std::vector<double> weights_;
  std::vector<Genome> starts_;
  mutable Parsed parsed_;
};

}  // namespace

std::unique_ptr<Space> make_cnn_space(CnnSpaceOptions options) {
  if (options.starts.empty())
    throw ConfigError("space.start: at least one network to start from is needed");
  std::vector<std::string> names;
  for (const auto& kind : nn::edit_kinds()) names.emplace_back(kind.name);
  double sum = 0;
  for (const auto& [name, weight] : options.edits) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const auto near = nn::nearest(name, names);
      throw ConfigError("space.edits: unknown edit " + name +
                        (near ? " (did you mean " + *near + "?)" : ""));
    }
    if (!(weight >= 0)) throw ConfigError("space.edits." + name + ": a weight must be at least 0");
    sum += weight;
  }
  if (!(sum > 0)) throw ConfigError("space.edits: no edit has a weight above 0");
  return std::make_unique<CnnSpace>(std::move(options));
}

}  // namespace lamarck::search
