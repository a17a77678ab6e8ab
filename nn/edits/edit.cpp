#include "nn/edits/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

#include "nn/formats/yaml.hpp"

namespace lamarck::nn {

std::string to_text(const Edit& edit) {
  std::string text = edit.kind;
  if (!edit.site.empty()) text += " " + edit.site;
  for (const auto& [name, value] : edit.args) text += " " + name + "=" + value;
  if (edit.seed != 0) text += fmt::format(" seed={}", edit.seed);
  return text;
}

Edit edit_from_text(std::string_view text) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(fmt::format("'{}' is no edit: {}", text, what));
  };
  std::istringstream words{std::string{text}};
  Edit edit;
  if (!(words >> edit.kind) || edit.kind.find('=') != std::string::npos)
    fail("it begins with no name");
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      if (!edit.site.empty() || !edit.args.empty()) fail("a second site: " + word);
      edit.site = word;
      continue;
    }
    const std::string name = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    if (name.empty() || value.empty()) fail(word + " is no name=value");
    if (name == "seed") {
      const char* end = value.data() + value.size();
      const auto [stop, error] = std::from_chars(value.data(), end, edit.seed);
      if (error != std::errc{} || stop != end) fail("the seed is no whole number");
    } else if (!edit.args.emplace(name, value).second) {
      fail(name + " is there twice");
    }
  }
  return edit;
}

const EditKind& edit_kind(std::string_view name) {
  std::vector<std::string> names;
  for (const EditKind& kind : edit_kinds()) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  const auto near = nearest(name, names);
  throw std::invalid_argument(fmt::format("unknown edit {}{}", name,
                                          near ? fmt::format(" (did you mean {}?)", *near) : ""));
}

Architecture apply(const Architecture& architecture, const Edit& edit) {
  Architecture result = architecture;
  edit_kind(edit.kind).apply(result, nullptr, edit);
  return result;
}

Model apply(const Model& model, const Edit& edit) {
  Model result = model;
  edit_kind(edit.kind).apply(result.architecture, &result.weights, edit);
  return result;
}

}  // namespace lamarck::nn
