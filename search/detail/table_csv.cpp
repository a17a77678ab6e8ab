#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>

#include "kernels/error.hpp"
#include "nn/data/csv_table.hpp"
#include "nn/formats/yaml.hpp"
#include "search/detail/table_file.hpp"

namespace lamarck::search::detail {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file)
      : table_{nn::read_csv(file, nn::CsvHeader::always)} {}

  [[nodiscard]] std::size_t rows() const { return table_.rows(); }
  [[nodiscard]] std::string where(std::size_t row) const {
    return fmt::format("{}:{}", table_.file, table_.lines[row]);
  }
  [[nodiscard]] std::size_t column(const std::string& name) const {
    const auto found = std::find(table_.names.begin(), table_.names.end(), name);
    if (found != table_.names.end()) return static_cast<std::size_t>(found - table_.names.begin());
    const auto near = nn::nearest(name, table_.names);
    throw ConfigError(fmt::format("{}: no column {}{}", table_.file, name,
                                  near ? " (did you mean " + *near + "?)" : ""));
  }
  [[nodiscard]] const std::string& text(std::size_t row, std::size_t column) const {
    return table_.cells[row][column];
  }
  [[nodiscard]] double number(std::size_t row, std::size_t column) const {
    if (const auto value = number_of(text(row, column))) return *value;
    throw ConfigError(fmt::format("{}: {}: expected a number, found '{:.40}'", where(row),
                                  table_.names[column], text(row, column)));
  }

 private:
  nn::CsvTable table_;
};

}  // namespace

std::optional<double> number_of(const std::string& text) {
  std::string lower;
  for (const unsigned char c : text) lower += static_cast<char>(std::tolower(c));
  if (lower.empty() || lower == "nan" || lower == "na" || lower == "null" || lower == "none")
    return std::numeric_limits<double>::quiet_NaN();
  if (lower == "inf" || lower == "-inf" || lower == "infinity" || lower == "-infinity")
    return lower.front() == '-' ? -std::numeric_limits<double>::infinity()
                                : std::numeric_limits<double>::infinity();
  return nn::parse_number(text);
}

std::vector<Record> read_csv_table(const std::filesystem::path& file, const TableFormat& format) {
  const Reader reader{file};
  if (format.key.empty())
    throw ConfigError(file.string() +
                      ": a CSV table needs a key: the column that names the genome");
  const auto columns = [&](const std::vector<std::string>& names) {
    std::vector<std::size_t> all;
    for (const auto& name : names) all.push_back(reader.column(name));
    return all;
  };
  const auto key = columns(format.key);
  std::vector<std::vector<std::size_t>> metrics;
  for (const TableMetric& metric : format.metrics) metrics.push_back(columns(metric.fields));
  const auto optional = [&](const std::string& name) {
    return name.empty() ? std::nullopt : std::optional{reader.column(name)};
  };
  const auto seed = optional(format.seed);
  const auto epoch = optional(format.epoch);
  const auto seconds = optional(format.seconds);

  std::vector<Record> records;
  records.reserve(reader.rows());
  for (std::size_t row = 0; row < reader.rows(); ++row) {
    Record record{.where = reader.where(row)};
    record.listed = key.size() > 1;
    for (const std::size_t column : key) record.key.push_back(reader.text(row, column));
    if (seed) record.seed = reader.number(row, *seed);
    if (epoch) record.epoch = reader.number(row, *epoch);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      Values& values = record.values[format.metrics[m].metric];
      // Several columns are a seed each, or an epoch each.
      for (const std::size_t column : metrics[m]) {
        const double value = reader.number(row, column);
        if (values.empty() || format.metrics[m].over == TableMetric::Over::seeds)
          values.push_back({value});
        else
          values.front().push_back(value);
      }
    }
    if (seconds) record.seconds = {{reader.number(row, *seconds)}};
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace lamarck::search::detail
