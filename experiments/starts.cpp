#include "experiments/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/files.hpp"
#include "nn/formats/onnx.hpp"

namespace lamarck::experiments {
namespace {

std::string value_of(const nn::Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

bool is_generated(const std::string& dataset) {
  const auto& known = nn::known_datasets();
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const auto& info) { return info.name == dataset; });
  return found != known.end() && !found->needs_files;
}

// Why scores on this validation split would flatter the model, or nothing.
std::string leak(const nn::Metadata& metadata, const PreparedData& data) {
  const std::string& dataset = data.sets.train.name;
  if (value_of(metadata, "dataset") != dataset) return "";
  if (is_generated(dataset) && value_of(metadata, "dataset.seed") != std::to_string(data.seed))
    return "";  // other images
  const std::string theirs = value_of(metadata, "dataset.held_out");
  if (theirs == held_out(data.split)) return "";
  if (theirs.empty()) return "it does not say which examples it was not trained on";
  if (theirs == "none") return "it was trained on all training examples";
  return "it was trained with another split";
}

}  // namespace

void check_start_weights(const SpaceConfig& config, const PreparedData& data) {
  for (const Start& start : config.starts) {
    if (!start.weights) continue;
    const auto file = start.weights->path();
    const std::string hash = fmt::format("{:016x}", stable_hash(nn::read_file(file, SIZE_MAX)));
    if (hash != start.weights->hash)
      throw IoError(fmt::format("{}: the weights that {} starts from have changed", file.string(),
                                start.name));
    const nn::ModelFile model = nn::load_any_model(file);
    if (model.model.architecture != start.architecture)
      throw IoError(fmt::format("{}: not the network that {} is", file.string(), start.name));
    if (const std::string why = leak(model.metadata, data); !why.empty())
      throw ConfigError(fmt::format(
          "{}: {}: {}, so that examples held out here for validation would flatter it; take the "
          "network alone (weights: false), or hold out the same examples (data.split, "
          "data.validation)",
          start.place, start.name, why));
  }
}

std::map<std::string, std::filesystem::path> adopt_start_weights(SpaceConfig& config,
                                                                 const std::filesystem::path& run) {
  std::map<std::string, std::filesystem::path> files;
  for (Start& start : config.starts) {
    if (!start.weights) continue;
    const auto extension = start.weights->path().extension().string();
    std::string name = fmt::format("starts/{}{}", files.size(), extension);
    files[name] = start.weights->path();
    start.weights->file = std::move(name);
    start.weights->folder = run;
  }
  return files;
}

std::map<std::string, std::filesystem::path> start_weights(const SpaceConfig& config) {
  std::map<std::string, std::filesystem::path> files;
  for (const Start& start : config.starts)
    if (start.weights) files.emplace(nn::to_yaml(*start.architecture), start.weights->path());
  return files;
}

}  // namespace lamarck::experiments
