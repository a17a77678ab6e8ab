#include "nn/formats/detail/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace lamarck::nn::detail {
namespace {

using nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kMostDimensions = 8;

[[noreturn]] void fail(const std::string& message) {
  throw std::runtime_error("faulty header: " + message);
}

/// JSON with a name twice parses as if the last stood alone, so names are counted on the way.
json parse(std::string_view text) {
  std::vector<std::set<std::string>> names;
  const json::parser_callback_t count = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second)
      fail(fmt::format("'{}' stands there twice", value.get<std::string>()));
    return true;
  };
  if (!text.starts_with('{')) throw std::runtime_error("no safetensors file: no JSON header");
  try {
    return json::parse(text, count);
  } catch (const json::exception& error) {
    fail(fmt::format("no valid JSON ({})", error.what()));
  }
}

std::size_t offset(const json& value, const std::string& name) {
  if (!value.is_number_unsigned()) fail(fmt::format("tensor '{}': malformed data_offsets", name));
  return value.get<std::size_t>();
}

SafetensorsEntry parse_entry(const std::string& name, const json& value, std::size_t data_bytes) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets"))
    fail(fmt::format("tensor '{}': expected dtype, shape and data_offsets", name));
  if (value["dtype"] != "F32")
    fail(fmt::format("tensor '{}': dtype {}, this build reads F32", name, value["dtype"].dump()));
  const json& shape = value["shape"];
  const json& offsets = value["data_offsets"];
  if (!shape.is_array() || shape.size() > kMostDimensions)
    fail(fmt::format("tensor '{}': malformed shape", name));
  if (!offsets.is_array() || offsets.size() != 2)
    fail(fmt::format("tensor '{}': malformed data_offsets", name));

  SafetensorsEntry entry{
      .shape = {}, .begin = offset(offsets[0], name), .end = offset(offsets[1], name)};
  if (entry.begin > entry.end || entry.end > data_bytes)
    fail(
        fmt::format("tensor '{}': bytes {} to {} of {}", name, entry.begin, entry.end, data_bytes));
  std::uint64_t bytes = sizeof(float);
  for (const json& size : shape) {
    constexpr std::uint64_t kMost = std::numeric_limits<int>::max();
    const std::uint64_t elements = size.is_number_unsigned() ? size.get<std::uint64_t>() : 0;
    if (elements < 1 || elements > kMost)
      fail(fmt::format("tensor '{}': size {} in its shape", name, size.dump()));
    entry.shape.push_back(static_cast<std::int64_t>(elements));
    if (bytes <= data_bytes) bytes *= elements;  // beyond that it is wrong in any case
  }
  if (bytes != entry.end - entry.begin)
    fail(fmt::format("tensor '{}': its shape takes {} bytes, its offsets hold {}", name, bytes,
                     entry.end - entry.begin));
  return entry;
}

/// Tensors must fill the data without gaps and without overlap.
void check_cover(const SafetensorsHeader& header, std::size_t data_bytes) {
  std::vector<std::pair<std::size_t, const std::string*>> begins;
  for (const auto& [name, entry] : header.tensors) begins.emplace_back(entry.begin, &name);
  std::sort(begins.begin(), begins.end());
  std::size_t covered = 0;
  for (const auto& [begin, name] : begins) {
    if (begin != covered)
      fail(fmt::format(
          "tensor '{}' begins at byte {}, {} {}", *name, begin,
          begin < covered ? "inside the one before, which ends at" : "after a gap from", covered));
    covered = header.tensors.at(*name).end;
  }
  if (covered != data_bytes)
    fail(fmt::format("{} bytes of tensors, but {} bytes of data", covered, data_bytes));
}

}  // namespace

std::string to_json(const SafetensorsHeader& header) {
  json root = json::object();
  if (!header.metadata.empty()) root[kMetadata] = header.metadata;
  for (const auto& [name, entry] : header.tensors)
    root[name] = {
        {"dtype", "F32"}, {"shape", entry.shape}, {"data_offsets", {entry.begin, entry.end}}};
  try {
    return root.dump();
  } catch (const json::exception& error) {
    throw std::invalid_argument(
        fmt::format("safetensors: metadata is not UTF-8 ({})", error.what()));
  }
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t data_bytes) {
  const json root = parse(text);
  SafetensorsHeader header;
  for (const auto& [name, value] : root.items()) {
    if (name != kMetadata) {
      header.tensors.emplace(name, parse_entry(name, value, data_bytes));
      continue;
    }
    if (!value.is_object()) fail("__metadata__ is no map of text");
    for (const auto& [key, text_value] : value.items()) {
      if (!text_value.is_string()) fail(fmt::format("metadata '{}' is no text", key));
      header.metadata.emplace(key, text_value.get<std::string>());
    }
  }
  check_cover(header, data_bytes);
  return header;
}

}  // namespace lamarck::nn::detail
