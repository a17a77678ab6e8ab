#include "search/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "search/chain.hpp"
#include "search/choice_space.hpp"

namespace lamarck::search {
namespace {

// How the sum of a chain's values becomes an accuracy.
struct Scale {
  double low = 0.5, high = 0.95;  // accuracies of the least and the largest sum
  double bend = 0;                // above 0: returns diminish
  double noise = 0.002;           // standard deviation of an evaluation
  double macs = 1e5;              // of one unit of cost
};

class Landscape {
 public:
  Landscape(Chain chain, const Scale& scale)
      : chain_{std::move(chain)},
        scale_{scale},
        solution_{solve(chain_)},
        least_{least_value(chain_)} {
    SlotGroup group{.name = "slot", .count = chain_.slots, .options = {}};
    for (std::size_t option = 0; option < chain_.options; ++option)
      group.options.emplace_back(1, static_cast<char>('0' + option));
    slots_.emplace(std::vector{group});
  }

  [[nodiscard]] const Slots& slots() const { return *slots_; }
  [[nodiscard]] double accuracy(const std::string& key) const {
    return scaled(chain_.value(slots_->parse(key)));
  }
  [[nodiscard]] double macs(const std::string& key) const {
    return scale_.macs * static_cast<double>(chain_.cost(slots_->parse(key)));
  }
  [[nodiscard]] double noise() const { return scale_.noise; }
  [[nodiscard]] std::vector<Point> front() const {
    std::vector<Point> points;
    for (const ChainPoint& point : solution_)
      points.push_back({scale_.macs * static_cast<double>(point.cost), -scaled(point.value)});
    return points;
  }

 private:
  [[nodiscard]] double scaled(double value) const {
    const double share = (value - least_) / (solution_.back().value - least_);
    const double bent = scale_.bend > 0
                            ? (1 - std::exp(-scale_.bend * share)) / (1 - std::exp(-scale_.bend))
                            : share;
    return scale_.low + (scale_.high - scale_.low) * bent;
  }

  Chain chain_;
  Scale scale_;
  std::vector<ChainPoint> solution_;
  double least_;
  std::optional<Slots> slots_;
};

class LandscapeEvaluator final : public Evaluator {
 public:
  explicit LandscapeEvaluator(std::shared_ptr<const Landscape> landscape)
      : landscape_{std::move(landscape)} {}
  std::optional<Result> evaluate(const Candidate& candidate) override {
    const Proposal& proposal = *candidate.proposal;
    Random noise{proposal.seed, "noise"};
    return Result{.metrics = {{"accuracy", landscape_->accuracy(proposal.key) +
                                               landscape_->noise() * noise.normal()},
                              {"macs", landscape_->macs(proposal.key)}},
                  .message = ""};
  }

 private:
  std::shared_ptr<const Landscape> landscape_;
};

KnownProblem problem_of(std::string name, Chain chain, const Scale& scale) {
  const auto landscape = std::make_shared<const Landscape>(std::move(chain), scale);
  KnownProblem problem;
  problem.name = std::move(name);
  ChoiceSpaceOptions options;
  options.costs = [landscape](const std::string& key) -> std::optional<Metrics> {
    return Metrics{{"macs", landscape->macs(key)}};
  };
  problem.space = make_choice_space(landscape->slots(), std::move(options));
  problem.evaluator = std::make_shared<LandscapeEvaluator>(landscape);
  problem.accuracy = [landscape](const std::string& key) { return landscape->accuracy(key); };
  problem.front = landscape->front();
  problem.best = -problem.front.back()[1];
  // What costs more than the best, or is nearer to the worst than to the best, earns nothing.
  problem.reference = {1.05 * problem.front.back()[0], -0.5 * (scale.low + scale.high)};
  return problem;
}

Chain empty_chain(std::size_t slots, std::size_t options, std::size_t window) {
  Chain chain{.slots = slots, .options = options, .window = window, .values = {}, .costs = {}};
  const auto rows = slots - window + 1;
  const auto length = static_cast<std::size_t>(
      std::llround(std::pow(static_cast<double>(options), static_cast<double>(window))));
  chain.values.assign(rows, std::vector<double>(length, 0.0));
  chain.costs.assign(rows, std::vector<std::int64_t>(length, 0));
  return chain;
}

// Spreads what single slots add over the terms of a chain, by the first slot of each.
template <class Add>
void for_each_term(const Chain& chain, const Add& add) {
  for (std::size_t row = 0; row < chain.values.size(); ++row)
    for (std::size_t index = 0; index < chain.values[row].size(); ++index) {
      std::vector<std::size_t> choices(chain.window);
      std::size_t rest = index;
      for (std::size_t i = chain.window; i-- > 0; rest /= chain.options)
        choices[i] = rest % chain.options;
      add(row, index, choices);
    }
}

KnownProblem nk(std::uint64_t seed) {
  Chain chain = empty_chain(16, 4, 3);
  Random random{seed, "nk"};
  constexpr std::array<double, 4> kWorth{0, 0.25, 0.4, 0.5};
  constexpr std::array<std::int64_t, 4> kCost{1, 2, 4, 8};
  for_each_term(chain, [&](std::size_t row, std::size_t index, const auto& choices) {
    chain.values[row][index] = random.uniform() + kWorth[choices[0]];
    chain.costs[row][index] = kCost[choices[0]];
    if (row + 1 == chain.values.size())
      for (const std::size_t last : {choices[1], choices[2]}) {
        chain.values[row][index] += kWorth[last];
        chain.costs[row][index] += kCost[last];
      }
  });
  return problem_of("nk", std::move(chain),
                    {.low = 0.4, .high = 0.95, .noise = 0.003, .macs = 1e6});
}

KnownProblem widths(std::uint64_t seed) {
  constexpr std::size_t kLayers = 12;
  constexpr std::array<double, 6> kWidths{8, 12, 16, 24, 32, 48};
  Chain chain = empty_chain(kLayers, kWidths.size(), 2);
  Random random{seed, "widths"};
  std::array<double, kLayers> target{};
  std::array<double, kLayers> weight{};
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    target[layer] = random.uniform(std::log(16.0), std::log(44.0));
    weight[layer] = random.uniform(0.3, 1.5);
  }
  const auto worth = [&](std::size_t layer, double width) {
    const double off = target[layer] - std::log(width);
    return -weight[layer] * off * off * (off > 0 ? 1.0 : 0.3);  // too wide is worse than just right
  };
  for_each_term(chain, [&](std::size_t row, std::size_t index, const auto& choices) {
    const double width = kWidths[choices[0]];
    const double next = kWidths[choices[1]];
    const double step = std::log(next / width);
    chain.values[row][index] = worth(row, width) - 0.2 * step * step;
    if (row + 2 == kLayers) chain.values[row][index] += worth(row + 1, next);
    const double side = 32 >> (row / 4);  // three stages
    chain.costs[row][index] = std::llround(width * next * 9 * side * side / 1e5);
  });
  return problem_of("widths", std::move(chain),
                    {.low = 0.2, .high = 0.94, .bend = 4, .noise = 0.002, .macs = 1e5});
}

KnownProblem trap(std::uint64_t seed) {
  constexpr std::size_t kBlock = 3;
  Chain chain = empty_chain(18, 3, kBlock);
  Random random{seed, "trap"};
  std::vector<double> weight(chain.slots / kBlock);
  for (double& one : weight) one = random.uniform(0.5, 1.5);
  for_each_term(chain, [&](std::size_t row, std::size_t index, const auto& choices) {
    if (row % kBlock != 0) return;
    const auto twos = static_cast<std::size_t>(std::count(choices.begin(), choices.end(), 2U));
    const auto ones = static_cast<double>(std::count(choices.begin(), choices.end(), 1U));
    const double part = twos == kBlock ? 1.0 : 0.75 * ones / kBlock;
    chain.values[row][index] = weight[row / kBlock] * part;
    for (const std::size_t option : choices)
      chain.costs[row][index] += static_cast<std::int64_t>(2 + 3 * option + row / kBlock);
  });
  return problem_of("trap", std::move(chain),
                    {.low = 0.5, .high = 0.95, .noise = 0.003, .macs = 1e6});
}

}  // namespace

const std::vector<SyntheticRow>& synthetic_problems() {
  static const std::vector<SyntheticRow> rows{
      {"nk", "random interactions of neighbouring slots", nk},
      {"widths", "layer widths with diminishing returns", widths},
      {"trap", "deceptive blocks", trap}};
  return rows;
}

}  // namespace lamarck::search
