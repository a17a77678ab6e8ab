#include "nn/data/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kernels/error.hpp"
#include "nn/data/csv_table.hpp"
#include "nn/data/detail/labels.hpp"
#include "nn/data/split.hpp"

namespace lamarck::nn {
namespace {

constexpr std::size_t kMostClasses = 1000, kMostAutomaticClasses = 100;

/// The targets' values, where all are numbers. A mixture of words and numbers is a mistake in the
/// file, not a set of class names.
std::optional<std::vector<double>> numbers(const CsvTable& table, std::size_t column) {
  std::vector<double> values;
  std::optional<std::size_t> word;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto value = parse_number(table.cells[row][column]);
    if (value)
      values.push_back(*value);
    else if (!word)
      word = row;
    if (word && !values.empty()) table.fail(*word, column, "expected a number");
  }
  if (word) return std::nullopt;
  return values;
}

bool look_like_classes(const std::vector<double>& values) {
  std::set<double> distinct;
  for (const double value : values) {
    if (value != std::floor(value)) return false;
    distinct.insert(value);
    if (distinct.size() > kMostAutomaticClasses) return false;
  }
  return distinct.size() == 1 || 2 * distinct.size() <= values.size();
}

/// What a class is called: `1` and `1.0` are one.
std::string class_name(const CsvTable& table, std::size_t row, std::size_t column, bool words) {
  const std::string& cell = table.cells[row][column];
  const auto value = parse_number(cell);
  if (words == value.has_value())
    table.fail(row, column,
               words ? "expected a class name as in the other rows" : "expected a number");
  if (words) return cell;
  if (*value != std::floor(*value))
    table.fail(row, column, "expected a whole number as class (or set the target to numbers)");
  return fmt::format("{}", *value);
}

std::vector<std::string> class_names(const CsvTable& table, std::size_t column, bool words) {
  std::set<std::string> distinct;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    distinct.insert(class_name(table, row, column, words));
    if (distinct.size() > kMostClasses)
      table.fail(row, column, fmt::format("more than {} classes", kMostClasses));
  }
  std::vector<std::string> names(distinct.begin(), distinct.end());
  if (!words)
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      return *parse_number(a) < *parse_number(b);
    });
  return names;
}

void read_features(const CsvTable& table, std::size_t target, Dataset& data) {
  data.shape = {static_cast<int>(table.columns()) - 1, 1, 1};
  data.features.reserve(table.rows() * (table.columns() - 1));
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (std::size_t column = 0; column < table.columns(); ++column) {
      if (column == target) continue;
      const auto value = parse_number(table.cells[row][column]);
      if (!value) table.fail(row, column, "expected a finite number");
      data.features.push_back(static_cast<float>(*value));
    }
}

void read_labels(const CsvTable& table, std::size_t column, bool words, Dataset& data) {
  std::map<std::string, int> index;
  for (const auto& name : data.class_names) index.emplace(name, static_cast<int>(index.size()));
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto found = index.find(class_name(table, row, column, words));
    if (found == index.end())
      table.fail(row, column,
                 fmt::format("class unknown in the training file ({})",
                             fmt::join(data.class_names, ", ")));
    data.labels.push_back(found->second);
  }
  data.classes = static_cast<int>(data.class_names.size());
}

/// The rows named, in their order.
Dataset select(const Dataset& data, const std::vector<std::uint32_t>& rows) {
  Dataset part = data;
  part.features.clear();
  part.labels.clear();
  part.targets.clear();
  const auto width = static_cast<std::size_t>(data.shape.channels);
  for (const std::uint32_t row : rows) {
    const auto first = data.features.begin() + static_cast<std::ptrdiff_t>(row * width);
    part.features.insert(part.features.end(), first, first + static_cast<std::ptrdiff_t>(width));
    if (data.classes > 0)
      part.labels.push_back(data.labels[row]);
    else
      part.targets.push_back(data.targets[row]);
  }
  return part;
}

TrainTest hold_out(Dataset all, const CsvOptions& options, std::uint64_t seed) {
  if (!(options.test_share > 0 && options.test_share < 1))
    throw ConfigError(fmt::format("csv: the share of test rows must lie between 0 and 1, got {}",
                                  options.test_share));
  const auto rows = static_cast<double>(all.size());
  const auto count = static_cast<std::size_t>(std::max(1.0, std::round(options.test_share * rows)));
  const Split split = stratified_split(all, count, seed);
  return {.train = select(all, split.train), .test = select(all, split.validation)};
}

}  // namespace

TrainTest load_csv(const std::filesystem::path& train,
                   const std::optional<std::filesystem::path>& test, const CsvOptions& options,
                   std::uint64_t seed) {
  const CsvTable table = read_csv(train);
  const std::size_t target = table.column(options.column);
  const auto values = numbers(table, target);
  using Target = CsvOptions::Target;
  const bool words = !values;
  const bool classes = options.target == Target::classes || (options.target == Target::automatic &&
                                                             (words || look_like_classes(*values)));
  if (!classes && words) table.fail(0, target, "expected a number as target");

  const auto fill = [&](const CsvTable& from, Dataset& data) {
    read_features(from, target, data);
    if (classes) {
      read_labels(from, target, words, data);
      return;
    }
    data.target_size = 1;
    for (std::size_t row = 0; row < from.rows(); ++row) {
      const auto value = parse_number(from.cells[row][target]);
      if (!value) from.fail(row, target, "expected a finite number");
      data.targets.push_back(static_cast<float>(*value));
    }
  };
  Dataset data;
  data.name = train.stem().string();
  if (classes) data.class_names = class_names(table, target, words);
  Dataset test_data = data;
  fill(table, data);
  if (classes) detail::check_labels(data, train);
  if (!test) return hold_out(std::move(data), options, seed);

  const CsvTable test_table = read_csv(*test);
  if (test_table.columns() != table.columns())
    throw IoError(fmt::format("{}: {} columns, but {} has {}", test->string(), test_table.columns(),
                              train.string(), table.columns()));
  fill(test_table, test_data);
  return {.train = std::move(data), .test = std::move(test_data)};
}

}  // namespace lamarck::nn
