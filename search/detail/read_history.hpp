// Reading a run's history: one pass over all tables at once, in the order of proposals.
#pragma once
#include "search/detail/sqlite.hpp"
#include "search/history.hpp"

namespace lamarck::search::detail {

/// One snapshot, also while another process goes on writing. \throws IoError for rows that do not
/// belong together
[[nodiscard]] History read_history(Database& database);

}  // namespace lamarck::search::detail
