// The problems that bench_history_scale makes its histories of: a space, and a formula for what its
// candidates are worth.
#pragma once
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "experiments/config/experiment.hpp"
#include "kernels/random.hpp"
#include "nn/blocks.hpp"
#include "search/choice_space.hpp"
#include "search/cnn_space.hpp"
#include "search/evaluator.hpp"

namespace lamarck::search {

inline constexpr std::size_t kSlots = 16;

inline Slots blocks() {
  return Slots{{{.name = "block",
                 .count = kSlots,
                 .options = {"skip", "k3e1", "k3e3", "k3e6", "k5e3", "k5e6", "k7e3", "k7e6"}}}};
}

// Costs rise with the options, and what they gain falls off; neighbours interact a little.
inline Metrics costs(const Slots& slots, const std::string& key) {
  constexpr std::array<double, 8> kMacs{0, 1.1, 2.4, 4.7, 3.1, 5.9, 3.9, 7.4};
  double macs = 2;
  double params = 1;
  const Choices choices = slots.parse(key);
  for (std::size_t slot = 0; slot < choices.size(); ++slot) {
    macs += kMacs[choices[slot]];
    params += kMacs[choices[slot]] * static_cast<double>(1 + slot / 4);
  }
  return {{"macs", 1e6 * macs}, {"params", 1e4 * params}};
}

inline double worth_of_slots(const Slots& slots, const std::string& key) {
  const Choices choices = slots.parse(key);
  double worth = 0;
  for (std::size_t slot = 0; slot < choices.size(); ++slot) {
    const auto option = static_cast<double>(choices[slot]);
    const auto before = static_cast<double>(choices[slot > 0 ? slot - 1 : kSlots - 1]);
    worth += option / (option + 1.0 + static_cast<double>(slot % 5)) - 0.01 * option * before / 7;
  }
  return worth;
}

// Between 0 and 12 as well: more is better, but less and less so, and deep networks train badly.
inline double worth_of_network(const Space& space, const Genome& genome) {
  const Metrics costs = space.costs(genome);
  const double depth = costs.at("depth");
  return std::log10(1 + costs.at("macs")) - 0.001 * depth * depth;
}

class FormulaEvaluator final : public Evaluator {
 public:
  explicit FormulaEvaluator(std::function<double(const Proposal&)> worth)
      : worth_{std::move(worth)} {}
  std::optional<Result> evaluate(const Candidate& candidate) override {
    const Proposal& proposal = *candidate.proposal;
    Random noise{proposal.seed, "noise"};
    const double accuracy = 0.4 + 0.04 * worth_(proposal) + 0.003 * noise.normal();
    Result result{.metrics = {{"accuracy", accuracy},
                              {"loss", 2 * (1 - accuracy)},
                              {"epochs", 1.0 + static_cast<double>(proposal.id % 2)}},
                  .message = ""};
    for (int epoch = 1; epoch <= 1 + static_cast<int>(proposal.id % 2); ++epoch)
      result.epochs.push_back({epoch,
                               {{"accuracy", accuracy - 0.02 * (2 - epoch)},
                                {"loss", 2 * (1 - accuracy)},
                                {"rate", 0.1 / epoch},
                                {"train_loss", 1.9 * (1 - accuracy)}}});
    return result;
  }

 private:
  std::function<double(const Proposal&)> worth_;
};

struct Job {
  std::shared_ptr<Space> space;
  FormulaEvaluator evaluator;
  bool inherits = false;
};

inline Job job_on_slots() {
  const auto slots = std::make_shared<const Slots>(blocks());
  return {
      make_choice_space(
          *slots,
          {.costs = [slots](const std::string& key) { return std::optional{costs(*slots, key)}; }}),
      FormulaEvaluator{[slots](const Proposal& p) { return worth_of_slots(*slots, p.key); }}};
}

inline Job job_on_networks() {
  constexpr nn::Shape kImage{1, 28, 28};
  constexpr int kClasses = 10;
  const std::shared_ptr<Space> space =
      make_cnn_space({.starts = {nn::built_in("small-pooled", kImage, kClasses),
                                 nn::built_in("medium-residual", kImage, kClasses)},
                      .edits = experiments::default_edits(),
                      .limits = {.macs = 40e6, .params = 600e3}});
  return {space, FormulaEvaluator{[space](const Proposal& p) {
            return worth_of_network(*space, p.genome);
          }},
          true};
}

inline Job make_job(const std::string& space) {
  if (space == "slots") return job_on_slots();
  if (space == "cnn") return job_on_networks();
  throw std::invalid_argument("--space: expected slots or cnn, got " + space);
}

}  // namespace lamarck::search
