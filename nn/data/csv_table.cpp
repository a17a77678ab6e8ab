#include "nn/data/csv_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kernels/error.hpp"
#include "nn/data/detail/reader.hpp"

namespace lamarck::nn {
namespace {

constexpr std::size_t kMostBytesOfText = 1U << 30;

std::string read_text(detail::Reader& reader) {
  std::string text;
  std::vector<std::uint8_t> chunk(1U << 20);
  while (const std::size_t got = reader.read(chunk)) {
    text.append(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(got));
    if (text.size() > kMostBytesOfText)
      reader.fail(fmt::format("longer than {} bytes", kMostBytesOfText));
  }
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte-order mark
  return text;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string unquote(std::string_view cell) {
  cell = trim(cell);
  if (cell.size() < 2 || cell.front() != '"' || cell.back() != '"') return std::string{cell};
  std::string plain;
  for (std::size_t i = 1; i + 1 < cell.size(); ++i) {
    plain += cell[i];
    if (cell[i] == '"' && cell[i + 1] == '"' && i + 2 < cell.size()) ++i;
  }
  return plain;
}

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> cells;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') quoted = !quoted;
    if (i < line.size() && (quoted || line[i] != ',')) continue;
    cells.push_back(unquote(line.substr(start, i - start)));
    start = i + 1;
  }
  return cells;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  // Features and targets are kept as floats: what does not fit one is not finite there.
  if (!std::isfinite(static_cast<float>(value))) return std::nullopt;
  return value;
}

std::size_t CsvTable::column(const std::string& named) const {
  if (named.empty()) return columns() - 1;
  const auto found = std::find(names.begin(), names.end(), named);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const auto number = parse_number(named);
  if (number && *number >= 1 && *number <= static_cast<double>(columns()) &&
      *number == std::floor(*number))
    return static_cast<std::size_t>(*number) - 1;
  throw ConfigError(fmt::format("{}: no column '{}': expected a number from 1 to {}{}{}", file,
                                named, columns(), names.empty() ? "" : " or one of ",
                                fmt::join(names, ", ")));
}

void CsvTable::fail(std::size_t row, std::size_t column, const std::string& what) const {
  throw IoError(fmt::format("{}:{}: column {}{}: {}, found '{:.40}'", file, lines.at(row),
                            column + 1, names.empty() ? "" : " (" + names.at(column) + ")", what,
                            cells.at(row).at(column)));
}

CsvTable read_csv(const std::filesystem::path& file, CsvHeader header) {
  detail::Reader reader{file};
  const std::string text = read_text(reader);
  CsvTable table;
  table.file = file.string();
  std::size_t line = 0;
  std::size_t width = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const auto content = trim(std::string_view{text}.substr(start, end - start));
    start = end + 1;
    ++line;
    if (content.empty()) continue;
    auto cells = split_cells(content);
    if (width == 0) {
      width = cells.size();
      if (width < 2)
        reader.fail("expected at least two columns separated by commas (features and a target)");
      if (header == CsvHeader::always ||
          std::none_of(cells.begin(), cells.end(),
                       [](const std::string& cell) { return parse_number(cell).has_value(); })) {
        table.names = std::move(cells);
        continue;
      }
    }
    if (cells.size() != width)
      reader.fail(fmt::format("line {}: expected {} columns as in the first row, found {}", line,
                              width, cells.size()));
    table.cells.push_back(std::move(cells));
    table.lines.push_back(line);
  }
  if (table.cells.empty()) reader.fail("holds no rows of numbers");
  return table;
}

}  // namespace lamarck::nn
