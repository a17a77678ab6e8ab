// A CSV file as rows of text cells, all of one length, with the line each came from.
//
// Thread safety: values and pure functions.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn {

/// A finite number, the whole text, or nothing.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

struct CsvTable {
  std::string file;
  std::vector<std::string> names;  ///< of the header; empty without one
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> lines;  ///< of each row, from 1

  [[nodiscard]] std::size_t rows() const { return cells.size(); }
  [[nodiscard]] std::size_t columns() const { return cells.front().size(); }
  /// Index of the column with this name or number from 1; empty: the last.
  /// \throws ConfigError with the names there are
  [[nodiscard]] std::size_t column(const std::string& named) const;
  /// Throws IoError `file:line: column n (name): what, found 'cell'`.
  [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& what) const;
};

enum class CsvHeader {
  automatic,  ///< the first row is one when none of its cells is a number
  always
};

/// Cells are trimmed; double quotes around one are taken off (`""` inside stands for one); empty
/// lines are skipped.
/// \throws IoError for a file that is missing, empty, above 1 GiB, or ragged
[[nodiscard]] CsvTable read_csv(const std::filesystem::path& file,
                                CsvHeader header = CsvHeader::automatic);

}  // namespace lamarck::nn
