#include "nn/formats/safetensors.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <set>
#include <stdexcept>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/detail/safetensors_header.hpp"
#include "nn/formats/files.hpp"

namespace lamarck::nn {
namespace {

using detail::SafetensorsHeader;
static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::string_view kReserved = "lamarck.";
constexpr const char* kArchitecture = "lamarck.architecture";
constexpr const char* kChecksum = "lamarck.checksum";
constexpr std::size_t kMostBytes = 4ULL << 30;
constexpr std::size_t kLengthBytes = 8, kAlignment = 8;

/// Of all that the file says: its data and its header, but for the checksum itself.
std::string checksum(SafetensorsHeader header, std::string_view data) {
  header.metadata.erase(kChecksum);
  const std::uint64_t parts[] = {stable_hash(to_json(header)), stable_hash(data)};
  char bytes[sizeof parts];
  std::memcpy(bytes, parts, sizeof parts);
  return fmt::format("{:016x}", stable_hash({bytes, sizeof bytes}));
}

std::string data_of(const Weights& weights, SafetensorsHeader& header) {
  std::string data;
  for (const auto& [name, tensor] : weights) {
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.data.data()),
                tensor.data.size() * sizeof(float));
    header.tensors[name] = {
        .shape = {tensor.shape.begin(), tensor.shape.end()}, .begin = begin, .end = data.size()};
  }
  return data;
}

void check_metadata(const Metadata& metadata) {
  for (const auto& [key, value] : metadata)
    if (key.starts_with(kReserved))
      throw std::invalid_argument(fmt::format(
          "save_model: metadata key '{}': keys from '{}' are reserved", key, kReserved));
}

Weights weights_of(const SafetensorsHeader& header, std::string_view data) {
  Weights weights;
  for (const auto& [name, entry] : header.tensors) {
    Tensor tensor;
    tensor.shape.assign(entry.shape.begin(), entry.shape.end());
    tensor.data.resize((entry.end - entry.begin) / sizeof(float));
    std::memcpy(tensor.data.data(), data.data() + entry.begin, entry.end - entry.begin);
    weights.emplace(name, std::move(tensor));
  }
  return weights;
}

}  // namespace

void save_model(const std::filesystem::path& file, const Model& model, const Metadata& metadata) {
  validate(model);
  check_metadata(metadata);
  SafetensorsHeader header{.metadata = metadata, .tensors = {}};
  header.metadata[kArchitecture] = to_yaml(model.architecture);
  const std::string data = data_of(model.weights, header);
  header.metadata[kChecksum] = checksum(header, data);

  std::string text = to_json(header);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  bytes.reserve(bytes.size() + text.size() + data.size());
  bytes += text;
  bytes += data;
  write_file_atomically(file, bytes);
}

ModelFile load_model(const std::filesystem::path& file) {
  const std::string bytes = read_file(file, kMostBytes);
  const auto fail = [&](const std::string& message) {
    throw IoError(fmt::format("{}: {}", file.string(), message));
  };
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes)
    fail(fmt::format("no safetensors file: {} bytes, too short for a header", bytes.size()));
  std::memcpy(&length, bytes.data(), kLengthBytes);
  const std::size_t most = bytes.size() - kLengthBytes;
  if (length > most)
    fail(
        fmt::format("truncated, or no safetensors file: expected a header of {} bytes, {} are left",
                    length, most));
  const std::string_view data = std::string_view{bytes}.substr(kLengthBytes + length);

  SafetensorsHeader header;
  try {
    header = detail::parse_safetensors_header({bytes.data() + kLengthBytes, length}, data.size());
  } catch (const std::runtime_error& error) {
    fail(error.what());
  }
  const auto architecture = header.metadata.find(kArchitecture);
  if (architecture == header.metadata.end())
    fail(
        fmt::format("holds tensors but no architecture: expected the metadata key {}, which files "
                    "of other programs lack",
                    kArchitecture));
  const std::string expected = header.metadata[kChecksum];
  if (const std::string found = checksum(header, data); found != expected)
    fail(fmt::format("damaged: checksum {} expected, {} found", expected, found));

  ModelFile result;
  result.model.weights = weights_of(header, data);
  try {
    result.model.architecture = architecture_from_yaml(architecture->second, file.string());
    validate(result.model);
  } catch (const std::exception& error) {
    fail(fmt::format("holds no valid model: {}", error.what()));
  }
  header.metadata.erase(kArchitecture);
  header.metadata.erase(kChecksum);
  result.metadata = std::move(header.metadata);
  return result;
}

}  // namespace lamarck::nn
