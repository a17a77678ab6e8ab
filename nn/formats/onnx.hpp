// Export to ONNX, opset 17, through the onnx library; the file passes its checker with full shape
// inference.
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

}  // namespace lamarck::nn
