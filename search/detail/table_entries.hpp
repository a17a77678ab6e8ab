// From the records of a table file to its entries: all that is told of one candidate, in the order
// of seeds and epochs.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "search/curve_epochs.hpp"
#include "search/detail/table_file.hpp"
#include "search/table.hpp"

namespace lamarck::search::detail {

struct TableEntries {
  std::unordered_map<std::string, TableEntry> by_text;
  CurveEpochs epochs;
};

/// Scaled. \throws ConfigError with the record for a genome that is none of `slots`, one that is
/// told of twice, a seed or epoch that is none, an epoch that is missing, a curve in a record of
/// one epoch or of more points than there are epochs, a metric that is to be known beforehand and
/// differs, a time that is none. Of several mistakes the first by genome is told
[[nodiscard]] TableEntries table_entries(std::vector<Record> records, const TableFormat& format,
                                         const Slots& slots);

}  // namespace lamarck::search::detail
