#include "search/training_evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "nn/costs.hpp"
#include "nn/edits/crossover.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/onnx.hpp"

namespace lamarck::search {
namespace {

constexpr double kSmall = 0.5;  // of a parent's multiply-adds: what is never dismissed

struct Start {
  nn::Model model;
  double ancestors_epochs = 0;  ///< epochs that went into the weights before this candidate
  bool inherited = false;       ///< from others: a quick score tells what the edits have done
  /// Of the parents, where there are and as far as their files say: the best and the largest.
  double parents_score = 0, parents_macs = 0;
};

// What a model file says of itself; 0 where it does not.
double number(const nn::Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

nn::Model replayed(const Candidate& candidate, std::vector<nn::Model> parents) {
  nn::Model model = std::move(parents[0]);
  for (const std::string& text : candidate.proposal->edits) {
    const nn::Edit edit = nn::edit_from_text(text);
    if (edit.kind == "crossover") {
      if (parents.size() < 2)
        throw std::invalid_argument("crossover: the second parent's weights are missing");
      model = nn::crossover(model, parents[1], {edit.site, edit.args.at("tail")}, edit.seed);
    } else {
      model = nn::apply(model, edit);
    }
  }
  return model;
}

class TrainingEvaluator final : public Evaluator {
 public:
  explicit TrainingEvaluator(TrainingEvaluatorOptions options) : options_{std::move(options)} {
    const auto& validation = options_.data.validation;
    // Every k-th example rather than the first ones, which a sorted data set would make one class.
    const std::size_t wanted = std::min(options_.quick_examples, validation.size());
    for (std::size_t i = 0; i < wanted; ++i)
      quick_.push_back(validation[i * validation.size() / wanted]);
  }

  std::optional<Result> evaluate(const Candidate& candidate) override {
    Start start = starting_model(candidate);
    Result result;
    if (start.inherited && !quick_.empty()) {
      const nn::Score score =
          nn::evaluate(start.model, *options_.data.data, quick_, options_.data.normalisation,
                       {.threads = options_.train.threads, .winograd = options_.train.winograd});
      result.metrics[kQuickScore] = score.score;
      result.epochs.push_back({0, {{kQuickScore, score.score}}});
      if (is_hopeless(start, score.score)) {
        add_costs(result.metrics, start.model.architecture);
        result.status = Status::rejected;
        result.message =
            fmt::format("scores {:.4f} after its edits, its parent {:.4f}: not trained",
                        score.score, start.parents_score);
        return result;
      }
    }
    nn::TrainOptions train = options_.train;
    train.epochs = epochs_of(candidate);
    nn::TrainResult trained = nn::train(start.model, options_.data, train, training_seed(candidate),
                                        hooks(candidate, result));
    if (trained.status == nn::TrainStatus::cancelled) return std::nullopt;

    const auto epochs = static_cast<double>(trained.epochs.size());
    add_costs(result.metrics, start.model.architecture);
    result.metrics["epochs"] = candidate.epochs_before + epochs;
    result.metrics["total_epochs"] = start.ancestors_epochs + epochs;
    if (trained.status == nn::TrainStatus::diverged) {
      result.status = Status::diverged;
      result.message = trained.message;
      return result;
    }
    result.metrics[score_name()] = trained.validation.score;
    result.metrics["loss"] = trained.validation.loss;
    if (options_.latency)
      result.metrics["latency"] = options_.latency->measure(trained.model, options_.train.winograd);
    if (!candidate.weights.empty())
      nn::save_model(candidate.weights, trained.model, metadata(candidate, result));
    return result;
  }

 private:
  [[nodiscard]] bool is_hopeless(const Start& start, double score) const {
    const int classes = options_.data.data->classes;
    const double chance = classes > 0 ? 1.0 / classes : 0;
    const double least = options_.dismissed_below * std::max(0.0, start.parents_score - chance);
    const auto macs = static_cast<double>(nn::costs(start.model.architecture).macs);
    return least > 0 && score - chance < least && macs > kSmall * start.parents_macs;
  }
  [[nodiscard]] int epochs_of(const Candidate& candidate) const {
    return candidate.proposal->epochs > 0 ? candidate.proposal->epochs : options_.train.epochs;
  }

  // One candidate has one seed; what it is trained for later must not repeat the order and the
  // augmentation of what came before.
  static std::uint64_t training_seed(const Candidate& candidate) {
    const std::uint64_t seed = candidate.proposal->seed;
    if (candidate.epochs_before == 0) return seed;
    return Random{seed, "further", static_cast<std::uint64_t>(candidate.epochs_before)}.seed();
  }
  [[nodiscard]] const char* score_name() const {
    return options_.data.data->classes > 0 ? "accuracy" : "r2";
  }

  Start starting_model(const Candidate& candidate) const {
    const nn::Architecture architecture =
        nn::architecture_from_yaml(candidate.proposal->genome.text, "genome");
    std::vector<std::filesystem::path> files = candidate.parent_weights;
    if (files.empty())
      if (const auto found = options_.start_weights.find(candidate.proposal->genome.text);
          found != options_.start_weights.end())
        files = {found->second};
    const bool inherits = options_.inherit || candidate.proposal->origin == kPromote;
    if (!inherits || files.empty())
      return {nn::make_model(architecture, options_.init, candidate.proposal->seed), 0, false};

    Start start;
    start.inherited = candidate.proposal->origin != kPromote;
    std::vector<nn::Model> parents;
    for (const auto& file : files) {
      nn::ModelFile parent = nn::load_any_model(file);
      start.ancestors_epochs =
          std::max(start.ancestors_epochs, number(parent.metadata, "total_epochs"));
      if (!candidate.proposal->parents.empty()) {  // else a start, that nothing has been done to
        start.parents_score = std::max(start.parents_score, number(parent.metadata, score_name()));
        start.parents_macs = std::max(start.parents_macs, number(parent.metadata, "macs"));
      }
      parents.push_back(std::move(parent.model));
    }
    start.model = replayed(candidate, std::move(parents));
    if (start.model.architecture != architecture)
      throw std::logic_error("the edits do not lead from the parents to the genome");
    return start;
  }

  nn::TrainHooks hooks(const Candidate& candidate, Result& result) const {
    return {.on_epoch =
                [&](const nn::Epoch& epoch) {
                  Metrics row{{"rate", epoch.rate},
                              {"train_loss", epoch.train_loss},
                              {"loss", epoch.validation_loss},
                              {score_name(), epoch.validation_score}};
                  if (options_.data.data->classes > 0) row["train_accuracy"] = epoch.train_accuracy;
                  result.epochs.push_back({candidate.epochs_before + epoch.epoch, std::move(row)});
                  if (candidate.on_progress)
                    candidate.on_progress({.id = candidate.proposal->id,
                                           .epoch = epoch.epoch,
                                           .epochs = epochs_of(candidate),
                                           .accuracy = epoch.validation_score});
                  return true;
                },
            .cancelled = candidate.cancelled};
  }

  static void add_costs(Metrics& metrics, const nn::Architecture& architecture) {
    const nn::Costs costs = nn::costs(architecture);
    metrics["macs"] = static_cast<double>(costs.macs);
    metrics["params"] = static_cast<double>(costs.params);
    metrics["peak_activation_bytes"] = static_cast<double>(costs.peak_activation_bytes);
    metrics["depth"] = costs.depth;
  }

  nn::Metadata metadata(const Candidate& candidate, const Result& result) const {
    nn::Metadata metadata = options_.metadata;
    metadata["candidate"] = std::to_string(candidate.proposal->id);
    metadata["key"] = candidate.proposal->key;
    std::string edits;
    for (const std::string& edit : candidate.proposal->edits)
      edits += (edits.empty() ? "" : "; ") + edit;
    metadata["edits"] = edits;
    if (!options_.train.winograd) metadata["winograd"] = "false";  // scored without, too
    for (const auto& [name, value] : result.metrics) metadata[name] = fmt::format("{}", value);
    return metadata;
  }

  TrainingEvaluatorOptions options_;
  std::vector<std::uint32_t> quick_;
};

}  // namespace

std::unique_ptr<Evaluator> make_training_evaluator(TrainingEvaluatorOptions options) {
  if (!options.data.data || options.data.train.empty() || options.data.validation.empty())
    throw std::invalid_argument("training evaluator: a training and a validation split are needed");
  return std::make_unique<TrainingEvaluator>(std::move(options));
}

}  // namespace lamarck::search
