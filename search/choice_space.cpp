#include "search/choice_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "kernels/error.hpp"

namespace lamarck::search {
namespace {

constexpr double kSearchedWhole =
    1e6;  // candidates: smaller spaces are searched for one within the limits
constexpr std::size_t kSamples = 100000;  // of larger ones

class ChoiceSpace final : public Space {
 public:
  ChoiceSpace(Slots slots, ChoiceSpaceOptions options)
      : slots_{std::move(slots)}, options_{std::move(options)} {
    for (std::size_t slot = 0; slot < slots_.count(); ++slot)
      if (slots_.options(slot).size() > 1) open_.push_back(slot);
    if (options_.starts.empty()) options_.starts.push_back(default_start());
    for (const Choices& start : options_.starts) {
      check(start);
      Genome genome{slots_.text(slots_.canonical(start))};
      if (std::find(starts_.begin(), starts_.end(), genome) == starts_.end())
        starts_.push_back(std::move(genome));
    }
    check_limits();
  }

  std::vector<Genome> starts() const override { return starts_; }

  Variation random(Random& random) const override {
    if (!options_.listed.empty())
      return {.genome = options_.listed[random.below(options_.listed.size())]};
    Choices choices(slots_.count());
    for (std::size_t slot = 0; slot < choices.size(); ++slot)
      choices[slot] = random.below(slots_.options(slot).size());
    return {.genome = genome(std::move(choices))};
  }

  std::optional<Variation> mutate(const Genome& parent, Random& random) const override {
    if (open_.empty()) return std::nullopt;
    Choices choices = slots_.parse(parent.text);
    for (const auto& group : slots_.commuting())
      if (group.identity) scatter(choices, group, random);
    const std::size_t slot = open_[random.below(open_.size())];
    const std::size_t before = choices[slot];
    choices[slot] = random.below(slots_.options(slot).size() - 1);
    if (choices[slot] >= before) ++choices[slot];
    std::string edit = edit_text(slot, before, choices[slot]);
    return Variation{.genome = genome(std::move(choices)), .edits = {std::move(edit)}};
  }

  std::optional<Variation> crossover(const Genome& first, const Genome& second,
                                     Random& random) const override {
    const Choices a = slots_.parse(first.text);
    const Choices b = slots_.parse(second.text);
    std::vector<std::size_t> differing;
    for (std::size_t slot = 0; slot < a.size(); ++slot)
      if (a[slot] != b[slot]) differing.push_back(slot);
    if (differing.size() < 2) return std::nullopt;
    // Slots in which the parents are equal do not matter, so a cut falls between two that differ
    // and no child is drawn that equals a parent.
    std::vector<char> of_second(differing.size(), 0);
    const auto all = [&](char side) {
      return std::all_of(of_second.begin(), of_second.end(), [&](char s) { return s == side; });
    };
    switch (options_.crossing) {
      case Crossing::uniform:
        do
          for (char& side : of_second) side = random.chance(0.5);
        while (all(0) || all(1));
        break;
      case Crossing::one_point:
        std::fill(
            of_second.begin() + 1 + static_cast<std::ptrdiff_t>(random.below(differing.size() - 1)),
            of_second.end(), 1);
        break;
      case Crossing::two_point: {
        // Two different cuts on a ring of places before each slot.
        std::size_t begin = random.below(differing.size());
        std::size_t end = random.below(differing.size() - 1);
        if (end >= begin) ++end;
        std::fill(of_second.begin() + static_cast<std::ptrdiff_t>(std::min(begin, end)),
                  of_second.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)), 1);
        if (begin > end)
          for (char& side : of_second) side = !side;
        break;
      }
    }
    Choices child = a;
    std::string taken;
    for (std::size_t i = 0; i < differing.size(); ++i) {
      if (!of_second[i]) continue;
      child[differing[i]] = b[differing[i]];
      taken += (taken.empty() ? "" : " ") + slots_.name(differing[i]);
    }
    return Variation{.genome = genome(std::move(child)), .edits = {"cross " + taken}};
  }

  std::vector<Variation> neighbours(const Genome& parent) const override {
    const Choices choices = slots_.canonical(slots_.parse(parent.text));
    std::vector<Variation> all;
    std::set<std::string> seen{slots_.text(choices)};
    for (const std::size_t slot : open_)
      for (Choices from : layouts(choices, slot)) {
        const std::size_t before = from[slot];
        for (std::size_t option = 0; option < slots_.options(slot).size(); ++option) {
          from[slot] = option;
          std::string text = slots_.text(slots_.canonical(from));
          if (!seen.insert(text).second) continue;
          all.push_back({.genome = {std::move(text)}, .edits = {edit_text(slot, before, option)}});
        }
      }
    return all;
  }

  std::string key(const Genome& genome) const override { return slots_.key(genome.text); }

  Metrics costs(const Genome& genome) const override {
    return known_of(genome).value_or(Metrics{});
  }

  std::optional<std::string> violation(const Genome& genome) const override {
    if (!options_.costs) return std::nullopt;
    const auto known = known_of(genome);
    if (!known) return "there is no candidate " + genome.text;
    for (const CostLimit& limit : options_.limits) {
      const auto found = known->find(limit.metric);
      if (found == known->end()) return limit.metric + " is not known";
      if (auto reason = broken_by(limit, found->second)) return reason;
    }
    return std::nullopt;
  }

  std::optional<double> size() const override {
    return options_.listed.empty() ? slots_.size() : static_cast<double>(options_.listed.size());
  }

  std::optional<Genome> nth(std::uint64_t number) const override {
    const double size = *this->size();
    if (!(static_cast<double>(number) < size)) return std::nullopt;
    if (!options_.listed.empty()) return options_.listed[static_cast<std::size_t>(number)];
    if (size > Slots::kMostNumbered) return std::nullopt;
    return Genome{slots_.text(slots_.nth(number))};
  }

  // Two options of a slot are as far apart as those of any other, and a bit further the further
  // apart they stand in the list of options, which often has an order.
  std::vector<double> features(const Genome& genome) const override {
    const Choices choices = slots_.canonical(slots_.parse(genome.text));
    std::vector<double> features;
    for (const std::size_t slot : open_) {
      const std::size_t options = slots_.options(slot).size();
      for (std::size_t option = 0; option < options; ++option)
        features.push_back(choices[slot] == option ? std::sqrt(0.5) : 0.0);
      features.push_back(static_cast<double>(choices[slot]) / static_cast<double>(options - 1));
    }
    return features;
  }

 private:
  // First options everywhere or, where that is no candidate, the first that is.
  [[nodiscard]] Choices default_start() const {
    Choices first(slots_.count(), 0);
    const auto& listed = options_.listed;
    const Genome genome{slots_.text(slots_.canonical(first))};
    if (listed.empty() || std::binary_search(listed.begin(), listed.end(), genome)) return first;
    return slots_.parse(listed.front().text);
  }

  void check(const Choices& start) const {
    if (start.size() != slots_.count())
      throw ConfigError(fmt::format("space.start: {} options where there are {} slots",
                                    start.size(), slots_.count()));
    for (std::size_t slot = 0; slot < start.size(); ++slot)
      if (start[slot] >= slots_.options(slot).size())
        throw ConfigError(
            fmt::format("space.start: slot {} has no option {}", slots_.name(slot), start[slot]));
  }

  // Throws where no candidate keeps the limits.
  void check_limits() const {
    if (!options_.costs) {
      if (!options_.limits.empty())
        throw ConfigError("limits: nothing is known of " + options_.limits.front().metric +
                          " before a candidate is evaluated");
      return;
    }
    // What is told is the least violation of the limit that most candidates break.
    std::map<std::string, std::pair<std::size_t, std::string>> broken;
    std::map<std::string, double> nearest;
    const auto keeps = [&](const Genome& genome) {
      const auto reason = violation(genome);
      if (!reason) return true;
      const auto known = known_of(genome);
      for (const CostLimit& limit : options_.limits) {
        const auto found = known ? known->find(limit.metric) : Metrics::const_iterator{};
        if (!known || found == known->end()) continue;
        const auto why = broken_by(limit, found->second);
        if (!why) continue;
        const double by = std::isnan(found->second)
                              ? std::numeric_limits<double>::infinity()
                              : std::max(limit.most ? found->second - *limit.most : 0,
                                         limit.least ? *limit.least - found->second : 0);
        auto& [count, text] = broken[limit.metric];
        ++count;
        const auto [best, fresh] = nearest.try_emplace(limit.metric, by);
        if (!fresh && best->second <= by) continue;
        best->second = by;
        text = *why;
      }
      return false;
    };
    const auto told = [&] {
      const auto worst = std::max_element(
          broken.begin(), broken.end(),
          [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
      return worst == broken.end() ? "there is no such candidate"
                                   : "at best, " + worst->second.second;
    };
    for (const Genome& start : starts_)
      if (keeps(start)) return;
    const double size = *this->size();
    if (size <= kSearchedWhole || !options_.listed.empty()) {
      for (std::uint64_t i = 0; static_cast<double>(i) < size; ++i)
        if (keeps(*nth(i))) return;
      throw ConfigError(
          fmt::format("limits: none of the {:.0f} candidates keeps them: {}", size, told()));
    }
    Random samples{0, "limits"};
    for (std::size_t i = 0; i < kSamples; ++i)
      if (keeps(random(samples).genome)) return;
    throw ConfigError(
        fmt::format("limits: neither a start nor one of {} random candidates keeps them: {}",
                    kSamples, told()));
  }

  static std::optional<std::string> broken_by(const CostLimit& limit, double value) {
    if (std::isnan(value) && (limit.most || limit.least))
      return fmt::format("{} is no number, and has a limit", limit.metric);
    if (limit.most && !(value <= *limit.most))
      return fmt::format("{} {:.6g} above the limit of {:.6g}", limit.metric, value, *limit.most);
    if (limit.least && !(value >= *limit.least))
      return fmt::format("{} {:.6g} below the limit of {:.6g}", limit.metric, value, *limit.least);
    return std::nullopt;
  }

  std::optional<Metrics> known_of(const Genome& genome) const {
    return options_.costs ? options_.costs(slots_.key(genome.text)) : std::nullopt;
  }

  Genome genome(Choices choices) const {
    return {slots_.text(slots_.canonical(std::move(choices)))};
  }

  std::string edit_text(std::size_t slot, std::size_t before, std::size_t after) const {
    const auto& options = slots_.options(slot);
    return slots_.name(slot) + ": " + options[before] + " to " + options[after];
  }

  // Puts the identities of a group at random places; the others keep their order.
  static void scatter(Choices& choices, const Slots::Commuting& group, Random& random) {
    std::vector<std::size_t> others;
    for (std::size_t slot = group.first; slot < group.last; ++slot)
      if (choices[slot] != *group.identity) others.push_back(choices[slot]);
    std::size_t next = 0;
    for (std::size_t slot = group.first; slot < group.last; ++slot) {
      // Of all ways to choose the places, each with the same chance.
      const std::size_t left = others.size() - next;
      const bool takes = random.below(group.last - slot) < left;
      choices[slot] = takes ? others[next++] : *group.identity;
    }
  }

  // The arrangements of a candidate that differ in what a change of `slot` may lead to.
  std::vector<Choices> layouts(const Choices& choices, std::size_t slot) const {
    for (const auto& group : slots_.commuting()) {
      if (slot < group.first || slot >= group.last || !group.identity) continue;
      const std::size_t last = group.last - 1;
      if (choices[last] != *group.identity) break;
      // An identity may also stand here, with what stood here and after it one place further on.
      Choices moved = choices;
      for (std::size_t i = last; i > slot; --i) moved[i] = moved[i - 1];
      moved[slot] = *group.identity;
      return {choices, moved};
    }
    return {choices};
  }

  Slots slots_;
  ChoiceSpaceOptions options_;
  std::vector<std::size_t> open_;  // slots with a choice
  std::vector<Genome> starts_;
};

}  // namespace

std::unique_ptr<Space> make_choice_space(Slots slots, ChoiceSpaceOptions options) {
  return std::make_unique<ChoiceSpace>(std::move(slots), std::move(options));
}

}  // namespace lamarck::search
