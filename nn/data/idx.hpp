// IDX, the format of MNIST: a magic number, big-endian sizes, then bytes. Plain or gz.
//   images: 0x00000803 n h w   (grey) or 0x00000804 n c h w, then pixels
//   labels: 0x00000801 n, then one byte each
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/data/dataset.hpp"

namespace lamarck::nn {

struct IdxImages {
  Shape shape;
  std::vector<std::uint8_t> pixels;  ///< {n, c, h, w}
  [[nodiscard]] std::size_t size() const {
    return pixels.size() / static_cast<std::size_t>(shape.elements());
  }
};
/// \throws IoError naming the file, what was expected and what was found
[[nodiscard]] IdxImages read_idx_images(const std::filesystem::path& file);
[[nodiscard]] std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& file);

/// Whether `folder` holds any of the four files below, plain or gz.
[[nodiscard]] bool holds_idx(const std::filesystem::path& folder);
/// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`,
/// `t10k-labels-idx1-ubyte` (idx4 for images with channels, `.gz` or not).
/// \param classes how many there are; 0: the largest training label + 1
/// \throws IoError also where counts or shapes do not meet, a label is out of range, or there is
/// one class only
[[nodiscard]] TrainTest load_idx(const std::filesystem::path& folder, int classes = 0);

}  // namespace lamarck::nn
