// A parsed YAML document: a tree of plain values, each with its place. The YAML library is seen by
// the parser and the writer alone.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn::detail {

struct Place {
  int line = 0, column = 0;  ///< from 1
};

struct YamlEntry;

struct YamlValue {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text = {};  ///< of a scalar
  bool quoted = false;    ///< a scalar that is text whatever it looks like
  bool flow = false;      ///< a list or map in brackets
  std::vector<YamlValue> items = {};
  std::vector<YamlEntry> entries = {};  ///< in file order, each key once
  Place place = {};
  /// Where it did not come from the file: `--set search.evaluations=50`.
  std::shared_ptr<const std::string> given = nullptr;
};

struct YamlEntry {
  std::string key;
  bool quoted = false;
  Place place;
  YamlValue value;
};

/// One document. \throws ConfigError as YamlNode::parse
[[nodiscard]] YamlValue parse_yaml(std::string_view text, const std::string& source);
[[nodiscard]] std::string dump_yaml(const YamlValue& value);

}  // namespace lamarck::nn::detail
