// The JSON header of a safetensors file as plain values.
// Format: https://github.com/huggingface/safetensors, F32 alone.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn::detail {

struct SafetensorsEntry {
  std::vector<std::int64_t> shape;
  std::size_t begin = 0, end = 0;  ///< bytes in the data
};
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::map<std::string, SafetensorsEntry> tensors;
};

/// Keys sorted, so that equal headers give equal text.
/// \throws std::invalid_argument for text that is not UTF-8
[[nodiscard]] std::string to_json(const SafetensorsHeader& header);

/// \throws std::runtime_error saying what is wrong: no JSON, a name twice, a type other than F32,
/// shapes and offsets that do not fit, or data that no tensor or more than one lays claim to
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view text,
                                                         std::size_t data_bytes);

}  // namespace lamarck::nn::detail
