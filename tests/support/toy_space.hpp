// A space of bit strings with known answers, an evaluator that scores them in no time, and a
// journal in memory.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "search/evaluator.hpp"
#include "search/journal.hpp"
#include "search/objectives.hpp"
#include "search/space.hpp"

namespace lamarck::test {

/// Strings of '0' and '1'. More than `limit` ones break the limit.
class BitSpace final : public search::Space {
 public:
  explicit BitSpace(std::size_t bits, std::size_t limit = 1000) : bits_{bits}, limit_{limit} {}

  [[nodiscard]] std::vector<search::Genome> starts() const override {
    return {{std::string(bits_, '0')}};
  }
  [[nodiscard]] search::Variation random(Random& random) const override {
    std::string text;
    for (std::size_t i = 0; i < bits_; ++i) text += random.chance(0.5) ? '1' : '0';
    return {.genome = {text}};
  }
  [[nodiscard]] std::optional<search::Variation> mutate(const search::Genome& genome,
                                                        Random& random) const override {
    return flipped(genome, random.below(bits_));
  }
  [[nodiscard]] std::optional<search::Variation> crossover(const search::Genome& a,
                                                           const search::Genome& b,
                                                           Random& random) const override {
    const std::size_t cut = 1 + random.below(bits_ - 1);
    return search::Variation{.genome = {a.text.substr(0, cut) + b.text.substr(cut)},
                             .edits = {"cross " + std::to_string(cut)}};
  }
  [[nodiscard]] std::vector<search::Variation> neighbours(
      const search::Genome& genome) const override {
    std::vector<search::Variation> all;
    for (std::size_t i = 0; i < bits_; ++i) all.push_back(flipped(genome, i));
    return all;
  }
  [[nodiscard]] std::string key(const search::Genome& genome) const override { return genome.text; }
  [[nodiscard]] search::Metrics costs(const search::Genome& genome) const override {
    return {{"ones", ones(genome)}};
  }
  [[nodiscard]] std::optional<std::string> violation(const search::Genome& genome) const override {
    if (ones(genome) <= static_cast<double>(limit_)) return std::nullopt;
    return "too many ones";
  }
  [[nodiscard]] std::optional<double> size() const override {
    return std::pow(2.0, static_cast<double>(bits_));
  }
  [[nodiscard]] std::optional<search::Genome> nth(std::uint64_t number) const override {
    if (bits_ < 64 && number >> bits_ != 0) return std::nullopt;
    search::Genome genome{std::string(bits_, '0')};
    for (std::size_t i = 0; i < bits_ && i < 64; ++i)
      if ((number >> i & 1U) != 0) genome.text[i] = '1';
    return genome;
  }
  [[nodiscard]] std::vector<double> features(const search::Genome& genome) const override {
    std::vector<double> features;
    for (const char bit : genome.text) features.push_back(bit == '1' ? 1.0 : 0.0);
    return features;
  }

  [[nodiscard]] static double ones(const search::Genome& genome) {
    return static_cast<double>(std::count(genome.text.begin(), genome.text.end(), '1'));
  }

 private:
  [[nodiscard]] search::Variation flipped(const search::Genome& genome, std::size_t at) const {
    search::Variation result{.genome = genome, .edits = {"flip " + std::to_string(at)}};
    char& bit = result.genome.text[at];
    bit = bit == '0' ? '1' : '0';
    return result;
  }
  std::size_t bits_, limit_;
};

/// score: the number of ones in the first half and zeros in the second, plus what the parent file
/// remembers; fails on demand.
class BitEvaluator final : public search::Evaluator {
 public:
  bool sleep = false;    ///< for random durations
  bool weights = false;  ///< writes weight files that depend on the parents'
  std::string failing;   ///< genomes with this ending throw
  /// Genomes with this ending are dismissed, as after a quick score.
  std::optional<std::string> hopeless = {};
  std::atomic<int> calls{0};

  std::optional<search::Result> evaluate(const search::Candidate& candidate) override {
    ++calls;
    const std::string& text = candidate.proposal->genome.text;
    if (sleep) {
      Random random{candidate.proposal->seed, "duration", static_cast<std::size_t>(calls)};
      for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds{random.below(1500)});
        if (candidate.cancelled && candidate.cancelled()) return std::nullopt;
      }
    }
    if (!failing.empty() && text.ends_with(failing)) throw std::runtime_error("this one fails");
    if (hopeless && text.ends_with(*hopeless))
      return search::Result{.status = search::Status::rejected,
                            .metrics = {{search::kQuickScore, 0.1}},
                            .message = "hopeless"};
    double score = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      score += (text[i] == '1') == (i < text.size() / 2);
    double inherited = 0;
    for (const auto& file : candidate.parent_weights) {
      if (!weights) break;
      if (!std::filesystem::exists(file))
        throw std::runtime_error("a parent's weights are gone: " + file.string());
      inherited += static_cast<double>(std::filesystem::file_size(file));
    }
    if (weights) {
      const std::string temporary = candidate.weights.string() + ".tmp-1-1";
      if (std::FILE* file = std::fopen(temporary.c_str(), "wb")) {
        const std::string bytes(1 + static_cast<std::size_t>(inherited) % 50, 'x');
        std::fwrite(bytes.data(), 1, bytes.size(), file);
        std::fclose(file);
      }
      std::filesystem::rename(temporary, candidate.weights);
    }
    const double noise = Random{candidate.proposal->seed, "noise"}.uniform();
    return search::Result{.metrics = {{"score", score + 0.1 * noise}, {"inherited", inherited}},
                          .message = "",
                          .epochs = {{0, {{"score", score / 2}}}, {1, {{"score", score}}}}};
  }
};

class MemoryJournal final : public search::Journal {
 public:
  void append(const search::Proposal& proposal) override { proposals.push_back(proposal); }
  void append(std::size_t id, const search::Result& result) override {
    results.emplace(id, result);
  }
  [[nodiscard]] std::filesystem::path weights_path(std::size_t) const override { return {}; }
  void keep_weights(const std::vector<std::size_t>& keep) override { kept = keep; }

  std::vector<search::Proposal> proposals;
  std::map<std::size_t, search::Result> results;
  std::vector<std::size_t> kept;
};

inline const search::Objectives kScore{{{"score", true, 1.0}}, search::Ranking::pareto};
inline const search::Objectives kScoreAndOnes{{{"score", true, 1.0}, {"ones", false, 1.0}},
                                              search::Ranking::pareto};

/// Everything of a history but the seconds, as text.
inline std::string told(const search::History& history) {
  std::string text;
  const auto number = [](double x) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%a", x);
    return std::string{buffer};
  };
  for (std::size_t id = 0; id < history.size(); ++id) {
    const auto& p = history.proposal(id);
    text +=
        std::to_string(id) + " " + p.genome.text + " " + p.origin + " " + std::to_string(p.seed);
    if (p.epochs > 0) text += " for " + std::to_string(p.epochs);
    for (const auto parent : p.parents) text += " of " + std::to_string(parent);
    for (const auto& edit : p.edits) text += " [" + edit + "]";
    if (const auto* r = history.result(id)) {
      text += " -> " + std::string{name(r->status)} + " " + r->message;
      for (const auto& [metric, value] : r->metrics) text += " " + metric + "=" + number(value);
      for (const auto& row : r->epochs) {
        text += " e" + std::to_string(row.epoch);
        for (const auto& [metric, value] : row.metrics) text += " " + metric + "=" + number(value);
      }
    }
    text += "\n";
  }
  return text;
}

}  // namespace lamarck::test
