// An architecture as readable text: stable, and round-tripping (from_yaml(to_yaml(a)) == a).
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "nn/architecture.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::nn {

/// Flow-style nodes, one a line; options at their defaults are left out; inputs are named unless
/// they are just the node before.
[[nodiscard]] std::string to_yaml(const Architecture& architecture);
/// \throws ConfigError with the place, for text that is no valid architecture
[[nodiscard]] Architecture architecture_from_yaml(std::string_view text,
                                                  const std::string& source = "architecture");
[[nodiscard]] Architecture architecture_from_yaml(const YamlNode& node);
[[nodiscard]] Architecture load_architecture(const std::filesystem::path& file);

}  // namespace lamarck::nn
