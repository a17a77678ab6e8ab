// Expected calibration error: by how much confidence and accuracy differ, bin by bin.
// Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017.
#pragma once
#include <array>
#include <cstddef>

namespace lamarck::nn::detail {

class Calibration {
 public:
  /// \param confidence probability of the predicted class, in (0, 1]
  void add(double confidence, bool right);
  /// sum over the bins of (examples in it / all) |accuracy - mean confidence|; 0 without examples.
  [[nodiscard]] double error() const;

 private:
  static constexpr std::size_t kBins = 15;  // bin m holds (m / 15, (m + 1) / 15]
  struct Bin {
    double confidence = 0, right = 0;
  };
  std::array<Bin, kBins> bins_{};
  std::size_t examples_ = 0;
};

}  // namespace lamarck::nn::detail
