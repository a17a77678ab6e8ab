// Where a network can come from on the command line: a run, a model file, an architecture file or a
// built-in name.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "nn/formats/safetensors.hpp"

namespace lamarck::experiments {

struct RunReader;

struct NetworkSource {
  std::string name;  ///< for messages: the file, the built-in, or `runs/a #17`
  nn::Architecture architecture;
  std::optional<nn::ModelFile> model;  ///< none for architectures without weights
  std::string data_root;               ///< where a run found its data; empty for files
};

/// `what`: a run folder (then `id`: a candidate, or empty for the best), a `.safetensors` model, a
/// `.yaml` architecture or a built-in (made for `input` and `outputs`). \throws ConfigError where
/// it is none of these; what reading throws
[[nodiscard]] NetworkSource find_network(const std::string& what, const std::string& id,
                                         nn::Shape input, int outputs);

/// The same where weights are needed. \throws ConfigError for an architecture without any
[[nodiscard]] NetworkSource find_model(const std::string& what, const std::string& id);

/// `1x28x28`. \throws ConfigError
[[nodiscard]] nn::Shape shape_from_text(const std::string& text);

}  // namespace lamarck::experiments
