#include "nn/training/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "kernels/error.hpp"
#include "kernels/softmax.hpp"
#include "kernels/threads.hpp"
#include "nn/network/network.hpp"
#include "nn/training/evaluate.hpp"
#include "nn/training/loss.hpp"

namespace lamarck::nn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFirstSteps = 10;         // before these a high loss is no news
constexpr double kDivergence = 10.0;            // times the loss at the start
constexpr std::size_t kStatisticsBatches = 20;  // that give averaged weights their own statistics
constexpr std::size_t kAskEvery = 8;            // steps between two looks at `cancelled`
constexpr int kScoreBatch = 256;

// The experiment's options as this network's genes will have them.
TrainOptions with_genes(TrainOptions options, const TrainingGenes& genes) {
  OptimizerOptions& o = options.optimizer;
  if (genes.optimizer) {
    static constexpr std::pair<const char*, OptimizerKind> kKinds[]{
        {"sgd", OptimizerKind::sgd},
        {"adam", OptimizerKind::adam},
        {"adamw", OptimizerKind::adamw},
        {"rmsprop", OptimizerKind::rmsprop}};
    for (const auto& [name, kind] : kKinds) {
      if (*genes.optimizer != name || kind == o.kind) continue;
      const OptimizerOptions fresh;
      const bool was_sgd = o.kind == OptimizerKind::sgd;
      // The experiment's rate belongs to its own optimiser; another one starts from its usual rate.
      if (kind == OptimizerKind::sgd)
        o.rate = 0.1;
      else if (was_sgd)
        o.rate = 1e-3;
      o.kind = kind;
      o.nesterov = kind == OptimizerKind::sgd;
      o.momentum = kind == OptimizerKind::sgd ? fresh.momentum : 0.0;
    }
  }
  if (genes.rate) o.rate *= *genes.rate;
  if (genes.weight_decay) o.weight_decay *= *genes.weight_decay;
  if (genes.label_smoothing) options.label_smoothing = *genes.label_smoothing;
  return options;
}

class Training {
 public:
  Training(const Model& start, const TrainData& data, const TrainOptions& options,
           std::uint64_t seed, const TrainHooks& hooks)
      : data_{data},
        set_{*data.data},
        options_{with_genes(options, start.architecture.genes)},
        hooks_{hooks},
        network_{start, {.batch = options_.batch, .seed = Random{seed, "dropout"}.seed()}},
        batches_{set_,
                 data.train,
                 data.normalisation,
                 options_.augment,
                 options_.batch,
                 Random{seed, "batches"}.seed()},
        optimizer_{options_.optimizer, network_.blocks(), network_.parameters().size()},
        labels_(set_.classes > 0 ? static_cast<std::size_t>(options_.batch) : 0),
        targets_(set_.classes > 0 ? 0
                                  : static_cast<std::size_t>(options_.batch * set_.target_size)) {
    if (!data.validation.empty())
      scorer_ =
          std::make_unique<Scorer>(start, set_, data.validation, data.normalisation, kScoreBatch);
  }

  TrainResult run(const Model& start) {
    TrainResult result;
    result.model = start;
    if (options_.epochs == 0 && scorer_) result.validation = scorer_->score();
    for (int epoch = 1; epoch <= options_.epochs; ++epoch) {
      Epoch row{.epoch = epoch};
      const auto began = Clock::now();
      if (!train_epoch(row, result)) return result;
      Model model = scored_model();
      Score score;
      if (scorer_) {
        scorer_->load(model.weights);
        score = scorer_->score();
        row.validation_loss = score.loss;
        row.validation_score = score.score;
      }
      row.seconds = std::chrono::duration<double>(Clock::now() - began).count();
      result.epochs.push_back(row);
      const bool better = result.epochs.size() == 1 || score.score > result.validation.score;
      if (options_.patience == 0 || !scorer_ || better) {
        best_epoch_ = epoch;
        result.model = std::move(model);
        result.validation = std::move(score);
      }
      if (hooks_.on_epoch && !hooks_.on_epoch(row)) return cancelled(result);
      if (options_.patience > 0 && scorer_ && epoch - best_epoch_ >= options_.patience &&
          epoch < options_.epochs) {
        result.status = TrainStatus::stopped_early;
        result.message = fmt::format("no better validation score since epoch {}", best_epoch_);
        break;
      }
    }
    return result;
  }

 private:
  static TrainResult cancelled(TrainResult& result) {
    result.status = TrainStatus::cancelled;
    result.message = "cancelled";
    return std::move(result);
  }

  // False when training ended in it; `result` says how.
  bool train_epoch(Epoch& row, TrainResult& result) {
    const std::size_t per_epoch = batches_.steps_per_epoch();
    const std::size_t all = per_epoch * static_cast<std::size_t>(options_.epochs);
    const auto epoch = static_cast<std::size_t>(row.epoch - 1);
    double loss_sum = 0;
    std::size_t right = 0;
    for (std::size_t step = 0; step < per_epoch; ++step) {
      if (step % kAskEvery == 0 && hooks_.cancelled && hooks_.cancelled()) {
        cancelled(result);
        return false;
      }
      const std::size_t number = epoch * per_epoch + step;
      batches_.training(epoch, step, network_.input(), labels_, targets_);
      network_.forward(number);
      const double loss = loss_of_batch(right);
      if (const auto what = divergence(loss, number))
        return diverged(result, *what, row.epoch, step);
      network_.backward();
      row.rate = options_.optimizer.rate * rate_factor(options_.schedule, number, all, per_epoch);
      const double norm = optimizer_.step(row.rate, network_.parameters(), network_.gradients());
      if (!std::isfinite(norm))
        return diverged(result, fmt::format("the gradient is {}", norm), row.epoch, step);
      loss_sum += loss;
    }
    row.train_loss = loss_sum / static_cast<double>(per_epoch);
    row.train_accuracy = static_cast<double>(right) /
                         static_cast<double>(per_epoch * static_cast<std::size_t>(options_.batch));
    return true;
  }

  double loss_of_batch(std::size_t& right) {
    if (set_.classes == 0)
      return mean_squared_error(network_.output(), targets_, network_.output_gradient());
    const auto classes = static_cast<std::size_t>(set_.classes);
    right += count_right(network_.output(), labels_, classes);
    return kernels::softmax_cross_entropy(network_.output(), labels_, classes,
                                          options_.label_smoothing, network_.output_gradient());
  }

  std::optional<std::string> divergence(double loss, std::size_t number) {
    if (!std::isfinite(loss)) return fmt::format("the loss is {}", loss);
    if (number == 0) {
      first_loss_ = std::max(loss, set_.classes > 1 ? std::log(set_.classes) : loss);
      return std::nullopt;
    }
    if (number >= kFirstSteps && loss > kDivergence * first_loss_)
      return fmt::format("the loss rose from {:.4g} to {:.4g}", first_loss_, loss);
    return std::nullopt;
  }

  static bool diverged(TrainResult& result, const std::string& what, int epoch, std::size_t step) {
    result.status = TrainStatus::diverged;
    result.message = fmt::format("{} at step {} of epoch {}", what, step + 1, epoch);
    return false;
  }

  // The model that is scored and handed down: the averaged weights, with statistics of their own,
  // or the weights as they are.
  Model scored_model() {
    const auto average = optimizer_.average();
    if (average.empty()) return network_.model();
    const auto weights = network_.parameters();
    const std::vector<float> raw(weights.begin(), weights.end());
    const auto statistics = network_.statistics();
    const std::vector<float> raw_statistics(statistics.begin(), statistics.end());
    std::copy(average.begin(), average.end(), weights.begin());
    network_.begin_statistics();
    const std::size_t batches = std::min(kStatisticsBatches, batches_.steps_per_epoch());
    for (std::size_t i = 0; i < batches; ++i) {
      batches_.training(0, i, network_.input(), labels_, targets_);
      network_.forward(i);
    }
    network_.end_statistics();
    Model model = network_.model();
    std::copy(raw.begin(), raw.end(), weights.begin());
    std::copy(raw_statistics.begin(), raw_statistics.end(), statistics.begin());
    return model;
  }

  const TrainData& data_;
  const Dataset& set_;
  const TrainOptions options_;
  const TrainHooks& hooks_;
  Network network_;
  Batches batches_;
  Optimizer optimizer_;
  std::unique_ptr<Scorer> scorer_;
  std::vector<int> labels_;
  std::vector<float> targets_;
  double first_loss_ = 0;
  int best_epoch_ = 0;
};

}  // namespace

TrainResult train(const Model& start, const TrainData& data, const TrainOptions& options,
                  std::uint64_t seed, const TrainHooks& hooks) {
  if (!data.data) throw std::invalid_argument("train: no data");
  if (data.train.empty()) throw std::invalid_argument("train: no training examples");
  if (options.batch < 1 || options.epochs < 0)
    throw std::invalid_argument(
        fmt::format("train: batch must be at least 1 and epochs at least 0, got {} and {}",
                    options.batch, options.epochs));
  check_fit(start.architecture, *data.data);
  TrainResult result;
  kernels::with_threads(options.threads, [&] {
    result = Training{start, data, options, seed, hooks}.run(start);
  });
  return result;
}

}  // namespace lamarck::nn
