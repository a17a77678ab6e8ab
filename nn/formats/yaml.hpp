// Reading YAML with every key checked. A `YamlNode` knows its place, so that each complaint reads
// `file:line:column: path.key: what is wrong (did you mean ...?)`.
//
// Thread safety: read-only after parsing.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn {

class YamlNode {
 public:
  /// Parses one document. `source` is the file's name, for messages.
  /// \throws ConfigError for text that is empty, binary, over 4 MiB, nested deeper than 64, with
  /// aliases
  ///   that refer to themselves or expand beyond 100,000 nodes, with a key twice in one map, or no
  ///   YAML
  [[nodiscard]] static YamlNode parse(std::string_view text, const std::string& source);
  /// \throws IoError where the file cannot be read; ConfigError as parse
  [[nodiscard]] static YamlNode load(const std::filesystem::path& file);

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_map() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_scalar() const;
  [[nodiscard]] const std::string& source() const;
  [[nodiscard]] const std::string& path()
      const;                         ///< `search.population`, `nodes[2].conv`; empty at the root
  [[nodiscard]] int line() const;    ///< from 1
  [[nodiscard]] int column() const;  ///< from 1

  /// Scalars. \throws ConfigError for another kind, or out of the range given. Integers and numbers
  /// take the suffixes k, M, G (`20M` = 20,000,000); a share may be written `25%`.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::int64_t integer(std::int64_t low = INT64_MIN,
                                     std::int64_t high = INT64_MAX) const;
  [[nodiscard]] double number(double low = -1e308, double high = 1e308) const;
  [[nodiscard]] bool boolean() const;
  /// One of `choices`. \throws ConfigError with the list and a suggestion
  [[nodiscard]] std::string choice(const std::vector<std::string>& choices) const;

  /// Lists. \throws ConfigError for another kind
  [[nodiscard]] std::vector<YamlNode> items() const;
  /// Maps: keys in file order, the value of a key, or nothing where it is absent.
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] std::optional<YamlNode> find(std::string_view key) const;
  /// \throws ConfigError where it is missing
  [[nodiscard]] YamlNode at(std::string_view key) const;
  /// \throws ConfigError at the first key not in `allowed`, with the nearest one suggested
  void only_keys(const std::vector<std::string>& allowed) const;

  /// Replaces or adds the value at a dotted path (`search.evaluations`), for --set. The value is
  /// YAML; its place reads
  /// `--set search.evaluations=50`. Maps on the way are made. \throws ConfigError for a malformed
  /// path or value
  void set(std::string_view dotted_path, std::string_view value);
  /// The document as YAML text, keys in order.
  [[nodiscard]] std::string dump() const;

  /// `source:line:column: path`: what a complaint that comes later begins with.
  [[nodiscard]] std::string place() const;
  /// Throws ConfigError `source:line:column: path: message`.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  struct Impl;
  explicit YamlNode(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

/// The nearest of `choices` within a third of its length in edits (Damerau-Levenshtein), or
/// nothing.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& choices);

}  // namespace lamarck::nn
