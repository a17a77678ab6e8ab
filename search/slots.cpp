#include "search/slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/error.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::search {
namespace {

constexpr std::size_t kMostSlots = 10000;

bool one_character(const SlotGroup& group) {
  return std::all_of(group.options.begin(), group.options.end(),
                     [](const std::string& option) { return option.size() == 1; });
}

void check(const SlotGroup& group, const std::string& separator) {
  const auto fail = [&](const std::string& what) {
    throw ConfigError("slots: group " + group.name + ": " + what);
  };
  if (group.count < 1) fail("needs at least one slot");
  if (group.options.empty()) fail("has no options");
  for (std::size_t i = 0; i < group.options.size(); ++i) {
    const std::string& option = group.options[i];
    if (option.empty()) fail("an option is empty");
    if (std::count(group.options.begin(), group.options.end(), option) > 1)
      fail("option " + option + " stands twice");
    if (!separator.empty() && option.find(separator) != std::string::npos)
      fail("option " + option + " holds the separator " + separator);
  }
  if (separator.empty() && !one_character(group))
    fail("options of several characters need a separator");
  if (group.identity &&
      std::find(group.options.begin(), group.options.end(), *group.identity) == group.options.end())
    fail("identity " + *group.identity + " is none of its options");
}

// How many distinct ways there are to fill the last `left` slots of a group whose slot before them
// has the option `before` (none: they are the whole group).
double fillings(const SlotGroup& group, std::optional<std::size_t> identity, std::size_t left,
                std::optional<std::size_t> before) {
  const auto n = static_cast<double>(left);
  const auto k = static_cast<double>(group.options.size());
  if (group.any_order) {  // multisets of the options that are not below the one before
    const double options = k - static_cast<double>(before.value_or(0));
    double ways = 1;
    for (double i = 1; i <= n; ++i) ways = ways * (options - 1 + i) / i;
    return std::round(ways);
  }
  if (!identity) return std::pow(k, n);
  if (before == identity) return 1;  // only identities follow one
  double ways = 0;                   // sequences of the other options, up to the full length
  for (double length = 0; length <= n; ++length) ways += std::pow(k - 1, length);
  return ways;
}

std::optional<std::size_t> identity_of(const SlotGroup& group) {
  // In any order, an identity is sorted like every other option.
  if (!group.identity || group.any_order) return std::nullopt;
  return static_cast<std::size_t>(
      std::find(group.options.begin(), group.options.end(), *group.identity) -
      group.options.begin());
}

}  // namespace

Slots::Slots(std::vector<SlotGroup> groups, std::optional<std::string> separator)
    : groups_{std::move(groups)} {
  const bool short_options = std::all_of(groups_.begin(), groups_.end(), one_character);
  separator_ = separator.value_or(short_options ? "" : ",");
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    SlotGroup& group = groups_[g];
    if (group.name.empty()) group.name = fmt::format("slot{}", slots_.size());
    check(group, separator_);
    for (std::size_t before = 0; before < g; ++before)
      if (groups_[before].name == group.name)
        throw ConfigError("slots: two groups have the name " + group.name);
    if (slots_.size() + group.count > kMostSlots)
      throw ConfigError(fmt::format("slots: more than {} slots", kMostSlots));
    if (group.any_order || group.identity) {
      commuting_.push_back({.first = slots_.size(),
                            .last = slots_.size() + group.count,
                            .identity = identity_of(group)});
    }
    for (std::size_t i = 0; i < group.count; ++i)
      slots_.push_back({g, group.count == 1 ? group.name : fmt::format("{}[{}]", group.name, i)});
  }
  if (slots_.empty()) throw ConfigError("slots: at least one slot is needed");
}

const std::vector<std::string>& Slots::options(std::size_t slot) const {
  return groups_[slots_.at(slot).group].options;
}

const std::string& Slots::name(std::size_t slot) const { return slots_.at(slot).name; }

double Slots::size() const {
  double size = 1;
  for (const SlotGroup& group : groups_)
    size *= fillings(group, identity_of(group), group.count, std::nullopt);
  return size;
}

Choices Slots::nth(std::uint64_t number) const {
  double beyond = size();
  if (!(beyond <= Slots::kMostNumbered) || static_cast<double>(number) >= beyond)
    throw std::invalid_argument(
        fmt::format("slots: no candidate {} of {:.0f} can be numbered", number, beyond));
  auto rest = static_cast<double>(number);
  Choices choices;
  choices.reserve(count());
  for (const SlotGroup& group : groups_) {
    const auto identity = identity_of(group);
    beyond /= fillings(group, identity, group.count, std::nullopt);
    double of_group = std::floor(rest / beyond);
    rest -= of_group * beyond;
    std::optional<std::size_t> before;
    for (std::size_t left = group.count; left-- > 0;) {
      // Options in order, but for the identity, which is the last.
      std::vector<std::size_t> order;
      for (std::size_t o = group.any_order ? before.value_or(0) : 0; o < group.options.size(); ++o)
        if (o != identity && !(identity && before == identity)) order.push_back(o);
      if (identity) order.push_back(*identity);
      for (const std::size_t option : order) {
        const double ways = fillings(group, identity, left, option);
        if (of_group < ways) {
          choices.push_back(option);
          before = option;
          break;
        }
        of_group -= ways;
      }
    }
  }
  return choices;
}

Choices Slots::parse(std::string_view text) const {
  std::vector<std::string_view> options;
  options.reserve(count());
  if (separator_.empty()) {
    for (std::size_t at = 0; at < text.size(); ++at) options.push_back(text.substr(at, 1));
  } else {
    for (std::size_t at = 0;;) {
      const std::size_t end = text.find(separator_, at);
      options.push_back(text.substr(at, end - at));
      if (end == std::string_view::npos) break;
      at = end + separator_.size();
    }
  }
  return chosen(std::span<const std::string_view>{options});
}

Choices Slots::parse(std::span<const std::string> options) const { return chosen(options); }

template <class Option>
Choices Slots::chosen(std::span<const Option> options) const {
  if (options.size() != count())
    throw ConfigError(fmt::format("{} options where there are {} slots", options.size(), count()));
  Choices choices;
  choices.reserve(count());
  for (std::size_t slot = 0; slot < count(); ++slot) {
    const auto& known = this->options(slot);
    const auto found = std::find(known.begin(), known.end(), options[slot]);
    if (found == known.end()) {
      const auto near = nn::nearest(std::string{options[slot]}, known);
      throw ConfigError(fmt::format("slot {} has no option {}{}", name(slot), options[slot],
                                    near ? " (did you mean " + *near + "?)" : ""));
    }
    choices.push_back(static_cast<std::size_t>(found - known.begin()));
  }
  return choices;
}

std::string Slots::text(const Choices& choices) const {
  std::string text;
  for (std::size_t slot = 0; slot < choices.size(); ++slot) {
    if (slot > 0) text += separator_;
    text += groups_[slots_[slot].group].options.at(choices[slot]);
  }
  return text;
}

Choices Slots::canonical(Choices choices) const {
  for (const Commuting& group : commuting_) {
    const auto first = choices.begin() + static_cast<std::ptrdiff_t>(group.first);
    const auto last = choices.begin() + static_cast<std::ptrdiff_t>(group.last);
    if (!group.identity)
      std::sort(first, last);
    else
      std::fill(std::remove(first, last, *group.identity), last, *group.identity);
  }
  return choices;
}

std::string Slots::key(std::string_view text) const { return this->text(canonical(parse(text))); }

}  // namespace lamarck::search
