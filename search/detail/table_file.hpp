// What a table file holds, as it stands there: JSON and CSV read into the same records.
#pragma once
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/table.hpp"

namespace lamarck::search::detail {

/// The values of one metric in one record, [seed][epoch].
using Values = std::vector<std::vector<double>>;

/// Equal, or both NaN.
[[nodiscard]] inline bool same_value(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

struct Record {
  std::string where;  ///< `table.csv:12`, `table.json: entry 0012`
  /// The genome's text alone, or an option a slot.
  std::vector<std::string> key = {};
  bool listed = false;  ///< key is an option a slot
  std::optional<double> seed = {}, epoch = {};
  std::map<std::string, Values, std::less<>> values = {};
  Values seconds = {};
};

/// Nothing is scaled yet. NaN where a value is null, empty, or says so.
/// \throws as Table::load
[[nodiscard]] std::vector<Record> read_json_table(const std::filesystem::path& file,
                                                  const TableFormat& format);
[[nodiscard]] std::vector<Record> read_csv_table(const std::filesystem::path& file,
                                                 const TableFormat& format);

/// A number as text: also `nan`, `inf`, and nothing (NaN). Nothing returned where it is no number.
[[nodiscard]] std::optional<double> number_of(const std::string& text);

}  // namespace lamarck::search::detail
