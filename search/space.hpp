// What genomes mean: a space makes them, varies them and knows what they cost. Searchers see them
// as opaque values, so each runs unchanged on real networks, on tables with known answers and on
// toys.
//
// Thread safety: spaces are immutable; all functions may be called at once.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/random.hpp"
#include "search/metrics.hpp"

namespace lamarck::search {

/// A candidate as text: compared, stored and printed, nothing else.
struct Genome {
  std::string text;
  auto operator<=>(const Genome&) const = default;
};

/// A genome with where it came from.
struct Variation {
  Genome genome;
  std::vector<std::size_t> parents =
      {};  ///< ids of proposals; filled in by the searcher, since spaces do not know ids
  std::vector<std::string> edits = {};  ///< in order, as text; empty for starts and fresh samples
};

class Space {
 public:
  virtual ~Space() = default;
  /// Where a search may begin; at least one.
  [[nodiscard]] virtual std::vector<Genome> starts() const = 0;
  /// A sample from all over the space.
  [[nodiscard]] virtual Variation random(Random&) const = 0;
  /// One edit away; nothing where no allowed edit applies.
  [[nodiscard]] virtual std::optional<Variation> mutate(const Genome&, Random&) const = 0;
  /// A child of two; nothing where they cannot be joined.
  [[nodiscard]] virtual std::optional<Variation> crossover(const Genome&, const Genome&,
                                                           Random&) const = 0;
  /// All that is one edit away, in a stable order.
  [[nodiscard]] virtual std::vector<Variation> neighbours(const Genome&) const = 0;
  /// Equal for genomes that mean the same candidate.
  [[nodiscard]] virtual std::string key(const Genome&) const = 0;
  /// What is known before training.
  [[nodiscard]] virtual Metrics costs(const Genome&) const = 0;
  /// The limit that the genome breaks, in words (`macs 23.1 M above the limit of 20 M`), or
  /// nothing.
  [[nodiscard]] virtual std::optional<std::string> violation(const Genome&) const = 0;
  /// Number of distinct candidates, where it is known and finite.
  [[nodiscard]] virtual std::optional<double> size() const { return std::nullopt; }
  /// The candidate with this number, of size() in a stable order; nothing from size() on, and in
  /// spaces that cannot be enumerated.
  [[nodiscard]] virtual std::optional<Genome> nth(std::uint64_t) const { return std::nullopt; }
  /// Numbers that a learnt model may tell candidates apart by, as many for every genome and equal
  /// for equal keys; empty where the space has none to offer.
  [[nodiscard]] virtual std::vector<double> features(const Genome&) const { return {}; }
};

}  // namespace lamarck::search
