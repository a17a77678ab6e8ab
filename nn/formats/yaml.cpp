#include "nn/formats/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "kernels/error.hpp"
#include "nn/detail/printable.hpp"
#include "nn/formats/detail/yaml_value.hpp"
#include "nn/formats/files.hpp"

namespace lamarck::nn {

using detail::printable;
using detail::YamlEntry;
using detail::YamlValue;

struct YamlNode::Impl {
  std::shared_ptr<const YamlValue> value;  ///< shares the whole tree
  std::shared_ptr<const std::string> source;
  std::string path;

  [[nodiscard]] std::shared_ptr<const Impl> child(const YamlValue& inner,
                                                  std::string inner_path) const {
    return std::make_shared<const Impl>(
        Impl{std::shared_ptr<const YamlValue>{value, &inner}, source, std::move(inner_path)});
  }
  [[nodiscard]] std::string path_of(std::string_view key) const {
    const std::string shown = printable(key);
    return path.empty() ? shown : path + "." + shown;
  }
  /// `run.yaml:3:5: space.start`
  [[nodiscard]] std::string place_of(const std::shared_ptr<const std::string>& given,
                                     detail::Place place, const std::string& where) const {
    const std::string start =
        given ? *given : fmt::format("{}:{}:{}", *source, place.line, place.column);
    return where.empty() ? start : start + ": " + where;
  }
  [[noreturn]] void fail(const std::shared_ptr<const std::string>& given, detail::Place place,
                         const std::string& where, const std::string& message) const {
    throw ConfigError(place_of(given, place, where) + ": " + message);
  }
  /// `the text "abc"`, `a list`, ... of this value.
  [[nodiscard]] std::string found() const {
    switch (value->kind) {
      case YamlValue::Kind::null:
        return "nothing";
      case YamlValue::Kind::list:
        return "a list";
      case YamlValue::Kind::map:
        return "a map";
      case YamlValue::Kind::scalar:
        break;
    }
    return value->quoted ? fmt::format("the text \"{}\"", printable(value->text))
                         : printable(value->text);
  }
  [[nodiscard]] std::string expected(std::string_view what) const {
    return fmt::format("expected {}, found {}", what, found());
  }
};

YamlNode::YamlNode(std::shared_ptr<const Impl> impl) : impl_{std::move(impl)} {}

YamlNode YamlNode::parse(std::string_view text, const std::string& source) {
  return YamlNode{std::make_shared<const Impl>(
      Impl{std::make_shared<const YamlValue>(detail::parse_yaml(text, source)),
           std::make_shared<const std::string>(source),
           {}})};
}

YamlNode YamlNode::load(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{4} << 20;
  std::error_code unknown;  // then reading says what is wrong
  const auto bytes = std::filesystem::file_size(file, unknown);
  if (!unknown && bytes > kMostBytes)
    throw ConfigError(
        fmt::format("{}: {} bytes; at most {} are read", file.string(), bytes, kMostBytes));
  return parse(read_file(file, kMostBytes), file.string());
}

bool YamlNode::is_null() const { return impl_->value->kind == YamlValue::Kind::null; }
bool YamlNode::is_map() const { return impl_->value->kind == YamlValue::Kind::map; }
bool YamlNode::is_list() const { return impl_->value->kind == YamlValue::Kind::list; }
bool YamlNode::is_scalar() const { return impl_->value->kind == YamlValue::Kind::scalar; }
const std::string& YamlNode::source() const { return *impl_->source; }
const std::string& YamlNode::path() const { return impl_->path; }
int YamlNode::line() const { return impl_->value->place.line; }
int YamlNode::column() const { return impl_->value->place.column; }

std::string YamlNode::place() const {
  return impl_->place_of(impl_->value->given, impl_->value->place, impl_->path);
}

void YamlNode::fail(const std::string& message) const {
  impl_->fail(impl_->value->given, impl_->value->place, impl_->path, message);
}

std::string YamlNode::text() const {
  if (!is_scalar()) fail(impl_->expected("text"));
  return impl_->value->text;
}

namespace {

/// `20M` -> {"20", 6}; {text, 0} without a suffix.
struct Scaled {
  std::string_view digits;
  int zeros = 0;
};
Scaled without_suffix(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.empty()) return {text};
  const auto zeros = [](char c) { return c == 'k' ? 3 : c == 'M' ? 6 : c == 'G' ? 9 : 0; };
  if (const int n = zeros(text.back()); n > 0) return {text.substr(0, text.size() - 1), n};
  return {text};
}

/// A finite decimal number, times a power of ten (exactly, by moving the point).
std::optional<double> decimal(Scaled scaled) {
  std::string text{scaled.digits};
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
  });
  if (!plain) return std::nullopt;  // from_chars would take `inf` and `nan`
  if (scaled.zeros != 0) {
    if (text.find_first_of("eE") != std::string::npos) return std::nullopt;
    text += "e" + std::to_string(scaled.zeros);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
std::string range_fault(T value, T low, T high, T lowest, T highest) {
  if (value >= low && value <= high) return {};
  if (low == lowest) return fmt::format("must be at most {}, found {}", high, value);
  if (high == highest) return fmt::format("must be at least {}, found {}", low, value);
  return fmt::format("must be in [{}, {}], found {}", low, high, value);
}

constexpr std::int64_t kExact = std::int64_t{1} << 53;  // integers that a double holds exactly

std::optional<std::int64_t> whole(std::string_view text) {
  const Scaled scaled = without_suffix(text);
  std::int64_t value = 0;
  const char* end = scaled.digits.data() + scaled.digits.size();
  if (scaled.zeros == 0) {
    const auto [stop, error] = std::from_chars(scaled.digits.data(), end, value);
    if (error == std::errc{} && stop == end) return value;
  }
  const auto number = decimal(scaled);  // 1.5M, 1e6
  if (!number || *number != std::trunc(*number) || std::abs(*number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace

std::int64_t YamlNode::integer(std::int64_t low, std::int64_t high) const {
  const YamlValue& value = *impl_->value;
  const auto number = is_scalar() && !value.quoted ? whole(value.text) : std::nullopt;
  if (!number) fail(impl_->expected("a whole number"));
  if (const auto fault = range_fault(*number, low, high, INT64_MIN, INT64_MAX); !fault.empty())
    fail(fault);
  return *number;
}

double YamlNode::number(double low, double high) const {
  const YamlValue& value = *impl_->value;
  std::optional<double> number;
  if (is_scalar() && !value.quoted) {
    const std::string_view text = value.text;
    number = text.ends_with('%') ? decimal({text.substr(0, text.size() - 1), -2})
                                 : decimal(without_suffix(text));
  }
  if (!number) fail(impl_->expected("a number"));
  constexpr double kMost = 1e308;
  if (const auto fault = range_fault(*number, low, high, -kMost, kMost); !fault.empty())
    fail(fault);
  return *number;
}

bool YamlNode::boolean() const {
  if (is_scalar() && !impl_->value->quoted) {
    const std::string& text = impl_->value->text;
    for (const char* yes : {"true", "True", "TRUE", "yes", "on"})
      if (text == yes) return true;
    for (const char* no : {"false", "False", "FALSE", "no", "off"})
      if (text == no) return false;
  }
  fail(impl_->expected("true or false"));
}

std::string YamlNode::choice(const std::vector<std::string>& choices) const {
  const std::string list = fmt::format("{}", fmt::join(choices, ", "));
  if (!is_scalar()) fail(impl_->expected("one of " + list));
  const std::string& text = impl_->value->text;
  if (std::ranges::find(choices, text) != choices.end()) return text;
  const auto close = nearest(text, choices);
  fail(fmt::format("must be one of {}, found {}{}", list, impl_->found(),
                   close ? fmt::format(" (did you mean {}?)", *close) : ""));
}

std::vector<YamlNode> YamlNode::items() const {
  if (!is_list()) fail(impl_->expected("a list"));
  std::vector<YamlNode> nodes;
  for (const YamlValue& item : impl_->value->items)
    nodes.push_back(YamlNode{impl_->child(item, fmt::format("{}[{}]", impl_->path, nodes.size()))});
  return nodes;
}

std::vector<std::string> YamlNode::keys() const {
  if (!is_map()) fail(impl_->expected("a map"));
  std::vector<std::string> keys;
  for (const YamlEntry& entry : impl_->value->entries) keys.push_back(entry.key);
  return keys;
}

std::optional<YamlNode> YamlNode::find(std::string_view key) const {
  if (!is_map()) fail(impl_->expected("a map"));
  const auto& entries = impl_->value->entries;
  const auto found = std::ranges::find(entries, key, &YamlEntry::key);
  if (found == entries.end()) return std::nullopt;
  return YamlNode{impl_->child(found->value, impl_->path_of(key))};
}

YamlNode YamlNode::at(std::string_view key) const {
  if (auto found = find(key)) return *found;
  fail(fmt::format("the key {} is missing", printable(key)));
}

void YamlNode::only_keys(const std::vector<std::string>& allowed) const {
  if (!is_map()) fail(impl_->expected("a map"));
  for (const YamlEntry& entry : impl_->value->entries) {
    if (std::ranges::find(allowed, entry.key) != allowed.end()) continue;
    const auto close = nearest(entry.key, allowed);
    impl_->fail(entry.value.given, entry.place, impl_->path_of(entry.key),
                close ? fmt::format("unknown key (did you mean {}?)", *close)
                      : fmt::format("unknown key; there are {}", fmt::join(allowed, ", ")));
  }
}

namespace {

void mark_given(YamlValue& value, const std::shared_ptr<const std::string>& given) {
  value.given = given;
  value.place = {};
  for (YamlValue& item : value.items) mark_given(item, given);
  for (YamlEntry& entry : value.entries) {
    entry.place = {};
    mark_given(entry.value, given);
  }
}

std::vector<std::string> split_path(std::string_view path, const std::string& given) {
  std::vector<std::string> keys(1);
  for (const char c : path) {
    if (c == '[' || c == ']')
      throw ConfigError(given + ": items of a list cannot be set; set the whole list");
    if (c == '.')
      keys.emplace_back();
    else
      keys.back() += c;
  }
  if (std::ranges::find(keys, "") != keys.end())
    throw ConfigError(given + ": expected a path of keys such as search.evaluations");
  return keys;
}

}  // namespace

void YamlNode::set(std::string_view dotted_path, std::string_view value) {
  const auto given = std::make_shared<const std::string>(
      fmt::format("--set {}={}", printable(dotted_path), printable(value)));
  const auto keys = split_path(dotted_path, *given);
  YamlValue parsed = detail::parse_yaml(value, *given);
  mark_given(parsed, given);

  auto root = std::make_shared<YamlValue>(*impl_->value);
  YamlValue* here = root.get();
  std::string walked;
  for (const std::string& key : keys) {
    if (here->kind == YamlValue::Kind::null) {
      *here = {.kind = YamlValue::Kind::map, .place = {}};
      mark_given(*here, given);
    }
    if (here->kind != YamlValue::Kind::map)
      throw ConfigError(fmt::format("{}: {} is no map", *given,
                                    walked.empty() ? "the document" : printable(walked)));
    auto entry = std::ranges::find(here->entries, key, &YamlEntry::key);
    if (entry == here->entries.end())
      entry = here->entries.insert(
          entry, YamlEntry{.key = key, .place = {}, .value = {.place = {}, .given = given}});
    here = &entry->value;
    walked += (walked.empty() ? "" : ".") + key;
  }
  *here = std::move(parsed);
  impl_ = std::make_shared<const Impl>(Impl{std::move(root), impl_->source, impl_->path});
}

std::string YamlNode::dump() const { return detail::dump_yaml(*impl_->value); }

}  // namespace lamarck::nn
