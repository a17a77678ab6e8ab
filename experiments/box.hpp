// The hypervolume of a run in a box that the user names, so that runs of different experiments, and
// of other programs, can be compared.
//
// Thread safety: values and pure functions.
#pragma once
#include <string>
#include <vector>

#include "search/history.hpp"
#include "search/objectives.hpp"

namespace lamarck::experiments {

struct BoxAxis {
  std::string metric;
  double low = 0, high = 1;
  bool logarithmic = false;
  bool maximize = false;
  bool operator==(const BoxAxis&) const = default;
};

/// `macs=1e5:1e8:log,accuracy=0.8:1`. Numbers take the suffixes k, M and G. A metric has the
/// direction it has among the objectives; of others, accuracy and r2 are maximised.
/// \throws ConfigError naming the axis that is wrong
[[nodiscard]] std::vector<BoxAxis> parse_box(const std::string& text,
                                             const search::Objectives& objectives);
/// The box as people read it: `macs 100 k to 100 M (log), accuracy 80.00 % to 100.00 %`.
[[nodiscard]] std::string box_text(const std::vector<BoxAxis>& box);

/// Share of the box, each axis scaled to 0..1, that candidates dominate: all that are done, keep
/// the bounds of the objectives and have every metric as a number. What is better than the box
/// counts as its edge, what is worse in any metric counts nothing. \throws ConfigError for a metric
/// that none of the candidates that are done has
[[nodiscard]] double hypervolume_in(const std::vector<BoxAxis>& box, const search::History& history,
                                    const search::Objectives& objectives);

}  // namespace lamarck::experiments
