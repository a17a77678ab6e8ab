// From bytes in memory to normalised, augmented batches.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/image_writer.hpp"
#include "nn/data/dataset.hpp"

namespace lamarck::nn {

/// x -> (x - mean) / deviation per channel, on pixels scaled to [0, 1] or on features.
struct Normalisation {
  std::vector<float> mean, deviation;
  bool operator==(const Normalisation&) const = default;
};
/// From the given examples only (the training split). A deviation below 1e-6 counts as 1.
[[nodiscard]] Normalisation measure_normalisation(const Dataset& data,
                                                  std::span<const std::uint32_t> indices);

/// Random changes to training images; padding and erased pixels take the mean (0 after
/// normalisation).
struct Augmentation {
  int crop_pad = 0;    ///< pad by this many pixels, crop back at a random place
  bool flip = false;   ///< mirror left to right with probability 1/2
  double erase = 0.0;  ///< probability of erasing one rectangle (Z. Zhong et al., AAAI 2020)
  double erase_min = 0.02, erase_max = 0.25;  ///< its share of the image's area; aspect 0.3 to 3.3
  bool operator==(const Augmentation&) const = default;
};

/// Fills batches from one data set. Augmentation draws from (seed, epoch, position), so a batch
/// does not depend on what was made before it.
class Batches {
 public:
  /// \throws std::invalid_argument for an empty index list, a batch < 1, or augmentation of
  /// features
  Batches(const Dataset& data, std::vector<std::uint32_t> indices, Normalisation normalisation,
          Augmentation augmentation, int batch, std::uint64_t seed);
  // Holds a reference to `data`.

  /// Training: full batches of one epoch's shuffle; the remainder is left out (but never all: fewer
  /// examples than a batch make one batch that wraps around).
  [[nodiscard]] std::size_t steps_per_epoch() const;
  /// Writes batch `step` of `epoch`, {batch, c, h, w} in any order and type, with labels or targets
  /// (the other span empty).
  void training(std::size_t epoch, std::size_t step, const kernels::ImageWriter& images,
                std::span<int> labels, std::span<float> targets);
  /// Evaluation: in order, no augmentation; the last batch may be short.
  [[nodiscard]] std::size_t evaluation_steps() const;
  /// \returns how many of the batch's rows are examples; the rest is zero.
  std::size_t evaluation(std::size_t step, const kernels::ImageWriter& images,
                         std::span<int> labels, std::span<float> targets);
  /// The same into floats in plain order.
  void training(std::size_t epoch, std::size_t step, std::span<float> images, std::span<int> labels,
                std::span<float> targets);
  std::size_t evaluation(std::size_t step, std::span<float> images, std::span<int> labels,
                         std::span<float> targets);

 private:
  [[nodiscard]] kernels::ImageWriter plain(std::span<float> images) const;

  const Dataset* data_;
  std::vector<std::uint32_t> indices_, order_;
  Normalisation normalisation_;
  Augmentation augmentation_;
  int batch_;
  std::uint64_t seed_;
  std::optional<std::size_t> shuffled_epoch_;
  std::vector<float> table_;  ///< normalised value of each byte, per channel
  std::vector<float> image_;  ///< one image on its way into another order
};

}  // namespace lamarck::nn
