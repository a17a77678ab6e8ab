// From text to a tree, guarding against whatever a file may hold: the checks come before the YAML
// library or act on its events, so that neither time nor memory nor stack depend on an attacker.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "kernels/error.hpp"
#include "nn/detail/printable.hpp"
#include "nn/formats/detail/yaml_value.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::size_t kMostExpandedBytes = 4 * kMostBytes;
constexpr std::size_t kMostNodes = 100'000;
constexpr int kDeepest = 64;
// Open brackets that the scanner may meet: more than kDeepest, since some may stand in text.
constexpr int kMostOpenBrackets = 16 * kDeepest;

[[noreturn]] void fail(const std::string& source, Place place, const std::string& message) {
  if (place.line < 1) throw ConfigError(fmt::format("{}: {}", source, message));
  throw ConfigError(fmt::format("{}:{}:{}: {}", source, place.line, place.column, message));
}

/// Bytes of the UTF-8 character at the start of `text`; 0 where there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) >= 0x90;
    return !overlong && !beyond && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

/// Refuses what is no text, and brackets that nest too deep for the scanner.
void check_text(std::string_view text, const std::string& source) {
  Place place{1, 1};
  int open = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    const char c = text[i];
    const bool control = static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r';
    if (length == 0 || control || c == '\x7f')
      fail(source, place,
           fmt::format("not a text file in UTF-8: it holds the byte 0x{:02x}",
                       static_cast<unsigned char>(c)));
    if (c == '[' || c == '{') ++open;
    if (c == ']' || c == '}') open = std::max(0, open - 1);
    if (open > kMostOpenBrackets)
      fail(source, place, fmt::format("nested deeper than {}", kDeepest));
    place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
    i += length;
  }
}

/// The library's complaint about a tab may be a riddle.
bool indented_by_tab(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

struct Size {
  std::size_t nodes = 1, bytes = 0;
  int depth = 1;
  void add(const Size& inner) {
    nodes += inner.nodes;
    bytes += inner.bytes;
    depth = std::max(depth, inner.depth + 1);
  }
};
Size size_of(const YamlValue& value) {
  Size size{.bytes = value.text.size()};
  for (const YamlValue& item : value.items) size.add(size_of(item));
  for (const YamlEntry& entry : value.entries) {
    size.bytes += entry.key.size();
    size.add(size_of(entry.value));
  }
  return size;
}

/// Builds the tree from the library's events.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& source) : source_{source} {}

  [[nodiscard]] std::optional<YamlValue>& root() { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) fail(source_, place_of(mark), "a second document; a file holds one");
    started_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach({.kind = YamlValue::Kind::null, .place = place_of(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    attach({.kind = YamlValue::Kind::scalar,
            .text = value,
            .quoted = is_text(tag, mark),
            .place = place_of(mark)},
           anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(source_, place_of(mark), "an alias that refers to itself");
    const Size size = size_of(found->second);
    count(size.nodes - 1, size.bytes, place_of(mark));
    if (static_cast<int>(open_.size()) + size.depth > kDeepest) too_deep(mark);
    attach(found->second, 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    start(YamlValue::Kind::list, mark, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    start(YamlValue::Kind::map, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlValue value;
    YAML::anchor_t anchor;
    std::optional<YamlEntry> entry;                ///< of a map: its key is read
    std::unordered_map<std::string, int> lines{};  ///< of the keys so far
  };

  static Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }
  [[noreturn]] void too_deep(const YAML::Mark& mark) const {
    fail(source_, place_of(mark), fmt::format("nested deeper than {}", kDeepest));
  }

  /// Whether a tag makes a scalar text. `?` is none; `!` stands for quotes.
  bool is_text(const std::string& tag, const YAML::Mark& mark) const {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?") return false;
    if (tag == "!" || tag == std::string{kCore} + "str") return true;
    for (const char* known : {"int", "float", "bool", "null", "seq", "map"})
      if (tag == std::string{kCore} + known) return false;
    fail(source_, place_of(mark), fmt::format("the tag {} means nothing here", printable(tag)));
  }

  void count(std::size_t nodes, std::size_t bytes, Place place) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > kMostNodes || bytes_ > kMostExpandedBytes)
      fail(source_, place,
           fmt::format("more than {} values or {} bytes of text, aliases expanded", kMostNodes,
                       kMostExpandedBytes));
  }

  void start(YamlValue::Kind kind, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    (void)is_text(tag, mark);
    if (static_cast<int>(open_.size()) >= kDeepest) too_deep(mark);
    if (wants_key()) fail(source_, place_of(mark), "a key must be text");
    open_.push_back({.value = {.kind = kind,
                               .flow = style == YAML::EmitterStyle::Flow,
                               .place = place_of(mark)},
                     .anchor = anchor,
                     .entry = {}});
  }
  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    attach(std::move(closed.value), closed.anchor);
  }

  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back().value.kind == YamlValue::Kind::map && !open_.back().entry;
  }
  void attach(YamlValue value, YAML::anchor_t anchor) {
    count(1, value.text.size(), value.place);
    if (anchor != 0) {
      count(0, size_of(value).bytes, value.place);
      anchors_.insert_or_assign(anchor, value);
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == YamlValue::Kind::list) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.entry) {
      key(parent, std::move(value));
    } else {
      if (value.kind == YamlValue::Kind::null) value.place = parent.entry->place;  // nowhere itself
      parent.entry->value = std::move(value);
      parent.value.entries.push_back(*std::move(parent.entry));
      parent.entry.reset();
    }
  }
  void key(Open& map, YamlValue value) {
    if (value.kind != YamlValue::Kind::scalar) fail(source_, value.place, "a key must be text");
    const auto [earlier, fresh] = map.lines.emplace(value.text, value.place.line);
    if (!fresh)
      fail(source_, value.place,
           fmt::format("the key {} is here twice (first in line {})", printable(value.text),
                       earlier->second));
    map.entry = YamlEntry{
        .key = std::move(value.text), .quoted = value.quoted, .place = value.place, .value = {}};
  }

  const std::string& source_;
  bool started_ = false;
  std::size_t nodes_ = 0, bytes_ = 0;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlValue> anchors_;
  std::optional<YamlValue> root_;
};

}  // namespace

YamlValue parse_yaml(std::string_view text, const std::string& source) {
  if (text.size() > kMostBytes)
    throw ConfigError(
        fmt::format("{}: {} bytes; at most {} are read", source, text.size(), kMostBytes));
  check_text(text, source);
  Builder builder{source};
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::Exception& error) {
    const Place place{error.mark.line + 1, error.mark.column + 1};
    fail(source, place,
         "no YAML: " + error.msg +
             (indented_by_tab(text, place.line) ? " (a tab indents this line; YAML wants spaces)"
                                                : ""));
  }
  if (!builder.root() || builder.root()->kind == YamlValue::Kind::null)
    throw ConfigError(source + ": empty");
  return *std::move(builder.root());
}

}  // namespace lamarck::nn::detail
