// Text for people: numbers with suffixes, tables in columns, small curves.
#pragma once
#include <string>
#include <vector>

#include "search/space.hpp"

namespace lamarck::experiments {

/// Three figures and a suffix: 1234567 -> `1.23 M`, 950 -> `950`.
[[nodiscard]] std::string short_number(double value);
/// 1536 -> `1.5 KiB`.
[[nodiscard]] std::string short_bytes(double bytes);
/// 75 -> `1m15s`, 4000 -> `1h06m`.
[[nodiscard]] std::string short_duration(double seconds);
/// A metric in the form people expect: accuracies in percent, counts with suffixes, others with 4
/// figures.
[[nodiscard]] std::string metric_text(const std::string& name, double value);

/// Columns padded to their widest cell; numbers (and their heads) to the right. Ends in a newline.
[[nodiscard]] std::string table(const std::vector<std::string>& head,
                                const std::vector<std::vector<std::string>>& rows);
/// A line of block characters, lowest to highest of the values.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

}  // namespace lamarck::experiments
