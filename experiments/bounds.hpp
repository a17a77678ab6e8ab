// Bounds of objectives that a search may never meet, found before it starts.
//
// Thread safety: pure functions.
#pragma once
#include <string>

#include "search/objectives.hpp"
#include "search/space.hpp"

namespace lamarck::experiments {

/// What to say where neither a start nor one of many samples keeps a bound on what is known before
/// training; else nothing. Edits may still lead there, so it is no error:
/// `no start and none of 200 samples has macs of at most 5; the best has 10`
[[nodiscard]] std::string unmet_bound(const search::Objectives& objectives,
                                      const search::Space& space);

}  // namespace lamarck::experiments
