#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "kernels/error.hpp"
#include "nn/formats/files.hpp"
#include "search/detail/table_file.hpp"

namespace lamarck::search::detail {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// JSON has no NaN, but what writes tables often writes it: null stands for it.
std::string without_nan(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      plain += c;
      plain += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    std::size_t length = 0;
    if (!quoted && (c == 'N' || c == 'I' || c == '-'))
      for (const std::string_view word : {"NaN", "-NaN", "Infinity", "-Infinity"})
        if (text.substr(i).starts_with(word)) length = word.size();
    if (length == 0) {
      plain += c;
    } else {
      plain += "null";
      i += length - 1;
    }
  }
  return plain;
}

// The parser keeps the last of equal keys; here they are a mistake.
Json parsed(const std::filesystem::path& file) {
  const std::string text = without_nan(nn::read_file(file, kMostBytes));
  std::vector<std::set<std::string>> open;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key &&
        !open.back().insert(value.get_ref<const std::string&>()).second)
      throw ConfigError(fmt::format("{}: key {} stands twice in one object", file.string(),
                                    value.get_ref<const std::string&>()));
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    const auto line =
        1 +
        std::count(text.begin(),
                   text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size())),
                   '\n');
    throw IoError(fmt::format("{}:{}: no JSON: {}", file.string(), line, error.what()));
  } catch (const Json::exception& error) {  // as a number that no double holds
    throw ConfigError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

// `outer.inner` as a name of its own or as a path.
const Json* field(const Json& record, const std::string& name) {
  if (!record.is_object()) return nullptr;
  if (const auto found = record.find(name); found != record.end()) return &*found;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
    if (const auto outer = record.find(name.substr(0, dot)); outer != record.end())
      if (const Json* inner = field(*outer, name.substr(dot + 1))) return inner;
  return nullptr;
}

const Json& need(const Json& record, const std::string& name, const std::string& where) {
  const Json* found = field(record, name);
  if (!found) throw ConfigError(fmt::format("{}: no field {}", where, name));
  return *found;
}

std::string text_of(const Json& value, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  throw ConfigError(fmt::format("{}: expected an option, found {:.40}", where, value.dump()));
}

double number(const Json& value, const std::string& where) {
  if (value.is_null()) return kNaN;
  if (value.is_number()) return value.get<double>();
  if (value.is_string())
    if (const auto x = number_of(value.get<std::string>())) return *x;
  throw ConfigError(fmt::format("{}: expected a number, found {:.40}", where, value.dump()));
}

std::vector<double> numbers(const Json& list, const std::string& where) {
  if (list.empty()) throw ConfigError(where + ": the list is empty");
  std::vector<double> values;
  for (const Json& value : list) values.push_back(number(value, where));
  return values;
}

// [seed][epoch]
Values values_of(const Json& value, TableMetric::Over over, const std::string& where) {
  if (!value.is_array()) return {{number(value, where)}};
  if (!value.empty() && value.front().is_array()) {
    Values rows;
    for (const Json& row : value) {
      if (!row.is_array()) throw ConfigError(where + ": lists and numbers in one list");
      rows.push_back(numbers(row, where));
    }
    return rows;
  }
  const std::vector<double> list = numbers(value, where);
  if (over == TableMetric::Over::epochs) return {list};
  Values rows;
  for (const double x : list) rows.push_back({x});
  return rows;
}

Values values_of(const Json& record, const std::vector<std::string>& fields, TableMetric::Over over,
                 const std::string& where) {
  const auto at = [&](const std::string& name) { return where + ": " + name; };
  if (fields.size() == 1) return values_of(need(record, fields[0], where), over, at(fields[0]));
  const bool seeds = over == TableMetric::Over::seeds;
  Values rows;  // a field is one seed (a list in it: its epochs), or one epoch
  for (const std::string& name : fields) {
    const Values one = values_of(need(record, name, where), TableMetric::Over::epochs, at(name));
    if (one.size() != 1 || (!seeds && one.front().size() != 1))
      throw ConfigError(at(name) + ": several fields and a list in one of them");
    if (seeds || rows.empty())
      rows.push_back(one.front());
    else
      rows.front().push_back(one.front().front());
  }
  return rows;
}

void read_key(const Json& record, const TableFormat& format, Record& into) {
  if (format.key.size() == 1) {
    const Json& key = need(record, format.key[0], into.where);
    into.listed = key.is_array();
    if (into.listed)
      for (const Json& option : key) into.key.push_back(text_of(option, into.where));
    else
      into.key = {text_of(key, into.where)};
    return;
  }
  into.listed = true;
  for (const std::string& name : format.key)
    into.key.push_back(text_of(need(record, name, into.where), into.where));
}

}  // namespace

std::vector<Record> read_json_table(const std::filesystem::path& file, const TableFormat& format) {
  const Json document = parsed(file);
  const Json& entries =
      format.entries.empty() ? document : need(document, format.entries, file.string());
  const bool named = format.key.empty();
  if (named ? !entries.is_object() : !entries.is_array() && !entries.is_object())
    throw ConfigError(
        fmt::format("{}: expected {}, found {}", file.string(),
                    named ? "an object with an entry by genome (or a key that says which field "
                            "names the genome)"
                          : "a list of entries",
                    entries.type_name()));
  std::vector<Record> records;
  records.reserve(entries.size());
  for (const auto& [name, entry] : entries.items()) {
    Record record{.where = fmt::format("{}: entry {}", file.string(), name)};
    if (!entry.is_object())
      throw ConfigError(
          fmt::format("{}: expected an object, found {}", record.where, entry.type_name()));
    if (named)
      record.key = {name};
    else
      read_key(entry, format, record);
    if (!format.seed.empty())
      record.seed = number(need(entry, format.seed, record.where), record.where);
    if (!format.epoch.empty())
      record.epoch = number(need(entry, format.epoch, record.where), record.where);
    for (const TableMetric& metric : format.metrics)
      record.values[metric.metric] = values_of(entry, metric.fields, metric.over, record.where);
    if (!format.seconds.empty())
      record.seconds = values_of(entry, {format.seconds}, TableMetric::Over::seeds, record.where);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace lamarck::search::detail
