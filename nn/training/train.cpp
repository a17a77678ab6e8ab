#include "nn/training/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "kernels/softmax.hpp"
#include "kernels/threads.hpp"
#include "nn/costs.hpp"
#include "nn/network/network.hpp"
#include "nn/training/detail/scorer.hpp"
#include "nn/training/divergence.hpp"
#include "nn/training/genes.hpp"
#include "nn/training/loss.hpp"

namespace lamarck::nn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kStatisticsBatches = 20;  // that give averaged weights their own statistics
constexpr std::size_t kAskEvery = 8;            // steps between two looks at `cancelled`
constexpr int kScoreBatch = 256;

void check(const Model& start, const TrainData& data, const TrainOptions& options) {
  if (data.data == nullptr) throw std::invalid_argument("train: no data");
  if (options.batch < 1 || options.epochs < 0 || options.patience < 0)
    throw std::invalid_argument(
        fmt::format("train: batch must be at least 1, epochs and patience at least 0, got {}, {} "
                    "and {}",
                    options.batch, options.epochs, options.patience));
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw std::invalid_argument(
        fmt::format("train: label_smoothing must be in [0, 1], got {}", options.label_smoothing));
  detail::check_fit(start.architecture, *data.data);
}

// `*` in a pattern stands for any characters.
bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t from = star; from <= text.size(); ++from)
    if (matches(pattern.substr(star + 1), text.substr(from))) return true;
  return false;
}

std::vector<std::string> matching_nodes(const Architecture& architecture,
                                        const std::vector<std::string>& patterns) {
  std::vector<std::string> ids;
  for (const Node& node : architecture.nodes)
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return matches(pattern, node.id); }))
      ids.push_back(node.id);
  return ids;
}

NetworkOptions network_options(const Architecture& architecture, const TrainOptions& options,
                               std::uint64_t seed) {
  return {.batch = options.batch,
          .seed = Random{seed, "dropout"}.seed(),
          .winograd = options.winograd,
          .precision = options.precision,
          .frozen = matching_nodes(architecture, options.freeze),
          .plain_input = false};
}

// The loss of the best constant answer: all classes equally likely, or the targets' means.
double ignorant_loss(const Dataset& data, std::span<const std::uint32_t> indices) {
  if (data.classes > 0) return std::log(data.classes);
  const auto columns = static_cast<std::size_t>(data.target_size);
  double variance = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    double mean = 0;
    double squares = 0;
    for (const std::size_t i : indices) mean += data.targets[i * columns + column];
    mean /= static_cast<double>(indices.size());
    for (const std::size_t i : indices) {
      const double from_mean = data.targets[i * columns + column] - mean;
      squares += from_mean * from_mean;
    }
    variance += squares / static_cast<double>(indices.size() * columns);
  }
  return variance;
}

// Why training must end before its time, where it must.
struct Stop {
  TrainStatus status;
  std::string message;
};

// The network under training with all that one step needs.
class Trainer {
 public:
  Trainer(const Model& start, const TrainData& data, const TrainOptions& options,
          std::uint64_t seed, const TrainHooks& hooks)
      : set_{*data.data},
        options_{options},
        hooks_{hooks},
        network_{start, network_options(start.architecture, options, seed)},
        images_{network_.images()},
        batches_{set_,
                 data.train,
                 data.normalisation,
                 options.augment,
                 options.batch,
                 Random{seed, "batches"}.seed()},
        optimizer_{options.optimizer, network_.blocks(), network_.parameters().size()},
        guard_{ignorant_loss(set_, data.train)},
        labels_(set_.classes > 0 ? static_cast<std::size_t>(options.batch) : 0),
        targets_(set_.classes > 0 ? 0 : network_.output().size()) {}

  /// All steps of row.epoch; fills the row's training columns.
  std::optional<Stop> train_epoch(Epoch& row) {
    const std::size_t per_epoch = batches_.steps_per_epoch();
    const std::size_t all = per_epoch * static_cast<std::size_t>(options_.epochs);
    const auto epoch = static_cast<std::size_t>(row.epoch - 1);
    double loss_sum = 0;
    std::size_t right = 0;
    for (std::size_t step = 0; step < per_epoch; ++step) {
      if (step % kAskEvery == 0 && hooks_.cancelled && hooks_.cancelled())
        return Stop{TrainStatus::cancelled, "cancelled"};
      const std::size_t number = epoch * per_epoch + step;
      const auto diverged = [&](const std::string& what) {
        return Stop{TrainStatus::diverged,
                    fmt::format("{} at step {} of epoch {}", what, step + 1, row.epoch)};
      };
      batches_.training(epoch, step, images_, labels_, targets_);
      network_.forward(number);
      const double loss = loss_of_batch(right);
      if (const auto what = guard_.watch(loss)) return diverged(*what);
      network_.backward();
      row.rate = options_.optimizer.rate * rate_factor(options_.schedule, number, all, per_epoch);
      const double norm = optimizer_.step(row.rate, network_.parameters(), network_.gradients(),
                                          network_.half_parameters());
      if (!std::isfinite(norm)) return diverged(fmt::format("norm of the gradient is {}", norm));
      loss_sum += loss;
    }
    row.train_loss = loss_sum / static_cast<double>(per_epoch);
    row.train_accuracy = static_cast<double>(right) /
                         static_cast<double>(per_epoch * static_cast<std::size_t>(options_.batch));
    return std::nullopt;
  }

  /// The model that is scored and handed down.
  Model scored_model(int epoch) {
    return optimizer_.average().empty() ? network_.model()
                                        : averaged_model(static_cast<std::size_t>(epoch - 1));
  }

 private:
  /// \param right grows by the rows that are classified correctly
  double loss_of_batch(std::size_t& right) {
    if (set_.classes == 0)
      return mean_squared_error(network_.output(), targets_, network_.output_gradient());
    const auto classes = static_cast<std::size_t>(set_.classes);
    right += count_right(network_.output(), labels_, classes);
    return kernels::softmax_cross_entropy(network_.output(), labels_, classes,
                                          options_.label_smoothing, network_.output_gradient());
  }

  // The averaged weights never ran in training, so the statistics that belong to them are measured:
  // they take the network for a few batches, then give it back. Its running statistics are not
  // kept, since with averaging on nothing else reads them.
  Model averaged_model(std::size_t epoch) {
    const auto weights = network_.parameters();
    const std::vector<float> raw{weights.begin(), weights.end()};
    std::ranges::copy(optimizer_.average(), weights.begin());
    network_.round_parameters();
    if (!network_.statistics().empty()) {
      network_.begin_statistics();
      const std::size_t batches = std::min(kStatisticsBatches, batches_.steps_per_epoch());
      for (std::size_t i = 0; i < batches; ++i) {
        batches_.training(epoch, i, images_, labels_, targets_);
        network_.forward(i);
      }
      network_.end_statistics();
    }
    Model model = network_.model();
    std::ranges::copy(raw, weights.begin());
    network_.round_parameters();
    return model;
  }

  const Dataset& set_;
  const TrainOptions& options_;
  const TrainHooks& hooks_;
  Network network_;
  kernels::ImageWriter images_;
  Batches batches_;
  Optimizer optimizer_;
  DivergenceGuard guard_;
  std::vector<int> labels_;
  std::vector<float> targets_;
};

TrainResult run(const Model& start, const TrainData& data, const TrainOptions& options,
                std::uint64_t seed, const TrainHooks& hooks) {
  TrainResult result;
  result.model = start;
  const auto stop = [&](Stop why) {
    result.status = why.status;
    result.message = std::move(why.message);
    return std::move(result);
  };
  std::optional<detail::Scorer> scorer;
  if (!data.validation.empty())
    scorer.emplace(start, *data.data, data.validation, data.normalisation, kScoreBatch,
                   options.winograd);
  if (options.epochs == 0) {
    if (scorer) result.validation = scorer->score();
    return result;
  }

  Trainer trainer{start, data, options, seed, hooks};
  int best_epoch = 0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    const auto began = Clock::now();
    Epoch row{.epoch = epoch};
    if (auto why = trainer.train_epoch(row)) return stop(std::move(*why));
    if (!scorer) {
      if (epoch == options.epochs) result.model = trainer.scored_model(epoch);
    } else {
      Model model = trainer.scored_model(epoch);
      scorer->load(model.weights);
      Score score = scorer->score();
      if (!std::isfinite(score.loss))
        return stop({TrainStatus::diverged,
                     fmt::format("validation loss is {} after epoch {}", score.loss, epoch)});
      row.validation_loss = score.loss;
      row.validation_score = score.score;
      if (best_epoch == 0 || options.patience == 0 || score.score > result.validation.score) {
        best_epoch = epoch;
        result.model = std::move(model);
        result.validation = std::move(score);
      }
    }
    row.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    result.epochs.push_back(row);
    if (hooks.on_epoch && !hooks.on_epoch(row))
      return stop({TrainStatus::cancelled, fmt::format("cancelled after epoch {}", epoch)});
    if (scorer && options.patience > 0 && epoch - best_epoch >= options.patience &&
        epoch < options.epochs)
      return stop({TrainStatus::stopped_early,
                   fmt::format("no better validation score since epoch {}", best_epoch)});
  }
  return result;
}

}  // namespace

TrainResult train(const Model& start, const TrainData& data, const TrainOptions& options,
                  std::uint64_t seed, const TrainHooks& hooks) {
  check(start, data, options);
  const TrainOptions wanted = with_genes(options, start.architecture.genes);
  TrainResult result;
  kernels::with_threads(options.threads, [&] { result = run(start, data, wanted, seed, hooks); });
  return result;
}

std::size_t training_bytes(const Model& start, std::size_t validation, const TrainOptions& given) {
  const TrainOptions options = with_genes(given, start.architecture.genes);
  std::size_t bytes = 0;
  kernels::with_threads(options.threads, [&] {
    bytes = network_bytes(start, network_options(start.architecture, options, 0));
    if (validation > 0)
      bytes += network_bytes(
          start, {.batch = static_cast<int>(std::min<std::size_t>(kScoreBatch, validation)),
                  .pass = kernels::Pass::inference,
                  .winograd = options.winograd,
                  .plain_input = false});
  });
  constexpr std::size_t kModels = 4;  // the start, the network's own, the last and the best scored
  // Averaged weights take the network's place while their statistics are measured.
  const std::size_t replaced = std::size_t{options.optimizer.ema > 0};
  const std::size_t vectors = kModels + replaced + Optimizer::state_vectors(options.optimizer);
  return bytes +
         vectors * static_cast<std::size_t>(costs(start.architecture).params) * sizeof(float);
}

}  // namespace lamarck::nn
