#include "nn/training/detail/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace lamarck::nn::detail {

void Calibration::add(double confidence, bool right) {
  const double above = std::ceil(confidence * static_cast<double>(kBins));
  const auto number = static_cast<std::size_t>(std::clamp(above, 1.0, static_cast<double>(kBins)));
  Bin& bin = bins_[number - 1];
  bin.confidence += confidence;
  bin.right += right ? 1 : 0;
  ++examples_;
}

double Calibration::error() const {
  if (examples_ == 0) return 0;
  double sum = 0;
  for (const Bin& bin : bins_) sum += std::abs(bin.right - bin.confidence);
  return sum / static_cast<double>(examples_);
}

}  // namespace lamarck::nn::detail
