// The choice space: slots, each with a set of options. A genome names one option a slot; what an
// option means is known to whoever evaluates it (a table, a formula).
//
// Thread safety: immutable.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/slots.hpp"
#include "search/space.hpp"

namespace lamarck::search {

/// A metric that is known beforehand, and the range that candidates must keep.
struct CostLimit {
  std::string metric;
  std::optional<double> least = {}, most = {};
  bool operator==(const CostLimit&) const = default;
};

enum class Crossing { uniform, one_point, two_point };

struct ChoiceSpaceOptions {
  /// Where a search may begin; by default the genome of first options.
  std::vector<Choices> starts = {};
  std::vector<CostLimit> limits = {};
  Crossing crossing = Crossing::uniform;
  /// What is known of a candidate before it is evaluated, by canonical text; nothing where there is
  /// no such candidate (a table without that row), which is a violation. Several threads may ask at
  /// once.
  std::function<std::optional<Metrics>(const std::string& key)> costs = {};
  /// Where not all fillings of the slots are candidates: those that are, canonical and in order
  /// (the rows of a table). Samples, numbers and the size are then theirs.
  std::vector<Genome> listed = {};
};

/// Genomes are texts of Slots, always canonical. `random` is uniform over all ways to fill the
/// slots, or over those listed. `mutate` gives one slot another option, after the options that
/// commute have been laid out at random, so that an identity may give way at any place.
/// `neighbours` are all candidates that one such step can reach, without duplicates. `crossover`
/// takes each slot from one parent or the other; nothing where all children would equal a parent.
/// \throws ConfigError: limits that no candidate keeps (small spaces are searched whole; of larger
/// ones the starts and 100,000 samples are tried), naming the limit; a limit on a metric that is
/// not known beforehand
[[nodiscard]] std::unique_ptr<Space> make_choice_space(Slots slots,
                                                       ChoiceSpaceOptions options = {});

}  // namespace lamarck::search
