// Where a run's history is written down as it grows. The SQLite store is one (store.hpp); tests use
// one in memory.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "search/history.hpp"

namespace lamarck::search {

class Journal {
 public:
  virtual ~Journal() = default;
  /// Durable when it returns.
  virtual void append(const Proposal& proposal) = 0;
  /// One transaction: the result, its learning curve, and its weight file where there is one
  /// (already synced).
  virtual void append(std::size_t id, const Result& result) = 0;
  /// Path for a candidate's weights; the file may not be there (yet, or any more).
  [[nodiscard]] virtual std::filesystem::path weights_path(std::size_t id) const = 0;
  /// Deletes weight files of all finished candidates that are not in `keep` (sorted).
  virtual void keep_weights(const std::vector<std::size_t>& keep) = 0;
};

}  // namespace lamarck::search
