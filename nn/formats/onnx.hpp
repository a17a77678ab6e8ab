// Export to ONNX, opset 17, through the onnx library; the file passes its checker with full shape
// inference. Files of our own can be read back.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "nn/data/batches.hpp"
#include "nn/formats/safetensors.hpp"
#include "nn/model.hpp"

namespace lamarck::nn {

struct OnnxOptions {
  bool fold_batch_norm = true;  ///< into the weights before it
  bool dynamic_batch = true;    ///< the batch dimension is named `batch`; else 1
  /// Puts (x / divisor - mean) / deviation at the front, so that the graph takes raw pixels as
  /// floats 0..255.
  std::optional<Normalisation> normalisation = {};
  Metadata metadata = {};  ///< lineage, metrics, class names
  float divisor = 255.0F;  ///< of raw inputs before normalisation; 1 for tables of numbers
};
/// Input `input` {batch, c, h, w}, output `output` {batch, outputs}. The metadata goes into the
/// file's properties, with the architecture's YAML under `lamarck.architecture`.
/// \throws IoError, std::invalid_argument for a faulty model, and where the checker objects
void export_onnx(const std::filesystem::path& file, const Model& model, const OnnxOptions& options);

/// Reads back what export_onnx wrote without folding: architecture, weights and metadata are those
/// that were given. A normalisation of the input that is part of the graph is left out.
/// \throws IoError for a file that is missing, damaged, of another program, or whose normalisations
/// are folded into the weights
[[nodiscard]] ModelFile load_exported_onnx(const std::filesystem::path& file);
/// A `.onnx` file as above, any other as load_model.
[[nodiscard]] ModelFile load_any_model(const std::filesystem::path& file);

}  // namespace lamarck::nn
