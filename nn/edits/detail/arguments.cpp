// Strict reading of an edit's arguments.
#include "nn/edits/detail/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace lamarck::nn::detail {

void only_arguments(const Edit& edit, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : edit.args)
    if (std::find(names.begin(), names.end(), name) == names.end())
      refuse(edit, fmt::format("there is no argument {}", name));
}

void refuse(const Edit& edit, const std::string& what) {
  throw std::invalid_argument(fmt::format("{}: {}", to_text(edit), what));
}

int int_argument(const Edit& edit, const std::string& name) {
  const auto found = edit.args.find(name);
  if (found == edit.args.end()) refuse(edit, name + " is missing");
  int value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc{} || stop != end) refuse(edit, name + " is no whole number");
  return value;
}

double number_argument(const Edit& edit, const std::string& name, double fallback) {
  const auto found = edit.args.find(name);
  if (found == edit.args.end()) return fallback;
  double value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [stop, error] = std::from_chars(found->second.data(), end, value);
  if (error != std::errc{} || stop != end) refuse(edit, name + " is no number");
  return value;
}

std::string text_argument(const Edit& edit, const std::string& name, const std::string& fallback) {
  const auto found = edit.args.find(name);
  return found == edit.args.end() ? fallback : found->second;
}

}  // namespace lamarck::nn::detail
