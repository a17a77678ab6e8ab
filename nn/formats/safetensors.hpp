// Models in safetensors: weights in plain layouts, the architecture's YAML and what else is to be
// known in the header's metadata, so that one file is a whole model and any tool reads the tensors.
// Format: 8 bytes of little-endian header length, a JSON header, then raw little-endian data.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "nn/model.hpp"

namespace lamarck::nn {

using Metadata = std::map<std::string, std::string>;

struct ModelFile {
  Model model;
  Metadata metadata;  ///< without the keys that hold the architecture and the checksum
};

/// Written to a temporary name beside `file`, synced, renamed, and the folder synced: the file is
/// there whole or not at all. Equal models give equal bytes. A checksum of the data goes into the
/// metadata. \throws IoError naming file and system error (a full disk leaves no file behind);
/// std::invalid_argument for a faulty model
void save_model(const std::filesystem::path& file, const Model& model,
                const Metadata& metadata = {});
/// \throws IoError for a file that is missing, truncated, too long, of another format or damaged
/// (checksum), saying which
[[nodiscard]] ModelFile load_model(const std::filesystem::path& file);

}  // namespace lamarck::nn
