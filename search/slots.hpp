// The slots of a choice space: what a genome spells out, which genomes mean the same candidate, and
// how many candidates there are. Tables and spaces share it.
//
// A genome's text holds one option a slot, in order: `02012100` where every option is one
// character, else with a separator: `16,32,relu`. Within a group, options may commute: with an
// `identity` (a block that does nothing, so where it stands makes no difference) or in `any_order`.
// The canonical text of a genome has identities last and free orders sorted; equal candidates have
// equal canonical texts.
//
// Thread safety: immutable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::search {

/// Neighbouring slots with the same options.
struct SlotGroup {
  std::string name;
  std::size_t count = 1;
  std::vector<std::string> options;
  std::optional<std::string> identity = {};  ///< the option that may stand anywhere in the group
  bool any_order = false;                    ///< the whole group may be permuted
  bool operator==(const SlotGroup&) const = default;
};

/// One option a slot, by index.
using Choices = std::vector<std::size_t>;

class Slots {
 public:
  /// `separator`: between the options of a text; by default none where every option is one
  /// character, else a comma.
  /// \throws ConfigError: no slot; a group without options, with an option that is empty, stands
  /// twice or holds the separator; an identity that is no option; options of several characters
  /// without a separator
  explicit Slots(std::vector<SlotGroup> groups, std::optional<std::string> separator = {});

  [[nodiscard]] const std::vector<SlotGroup>& groups() const { return groups_; }
  [[nodiscard]] const std::string& separator() const { return separator_; }
  [[nodiscard]] std::size_t count() const { return slots_.size(); }
  [[nodiscard]] const std::vector<std::string>& options(std::size_t slot) const;
  /// `b[1]`, or `b` where the group has one slot.
  [[nodiscard]] const std::string& name(std::size_t slot) const;
  /// Distinct candidates.
  [[nodiscard]] double size() const;
  /// 2^53: beyond, a double skips whole numbers.
  static constexpr double kMostNumbered = 9007199254740992;
  /// The canonical choices with this number, of size() in lexicographic order but for identities,
  /// which count as last. \pre number < size() <= kMostNumbered, else std::invalid_argument
  [[nodiscard]] Choices nth(std::uint64_t number) const;

  /// \throws ConfigError for another number of slots or an unknown option, naming the slot
  [[nodiscard]] Choices parse(std::string_view text) const;
  [[nodiscard]] Choices parse(std::span<const std::string> options) const;
  [[nodiscard]] std::string text(const Choices& choices) const;
  [[nodiscard]] Choices canonical(Choices choices) const;
  /// canonical(parse(text)) as text.
  [[nodiscard]] std::string key(std::string_view text) const;

  /// Slots that may trade places without changing the candidate: `[first, last)` of each group that
  /// commutes, with the index of its identity where it has one.
  struct Commuting {
    std::size_t first = 0, last = 0;
    std::optional<std::size_t> identity = {};
  };
  [[nodiscard]] const std::vector<Commuting>& commuting() const { return commuting_; }

 private:
  template <class Option>
  [[nodiscard]] Choices chosen(std::span<const Option> options) const;

  struct Slot {
    std::size_t group;
    std::string name;
  };
  std::vector<SlotGroup> groups_;
  std::string separator_;
  std::vector<Slot> slots_;
  std::vector<Commuting> commuting_;
};

}  // namespace lamarck::search
