#include <array>
#include <cmath>

#include "nn/data/batches.hpp"

namespace lamarck::nn {
namespace {

constexpr double kSmallest = 1e-6;

void set(Normalisation& result, std::size_t channel, double mean, double variance) {
  const double deviation = std::sqrt(std::max(variance, 0.0));
  result.mean[channel] = static_cast<float>(mean);
  result.deviation[channel] = static_cast<float>(deviation < kSmallest ? 1.0 : deviation);
}

/// Exact in any order: counts of the 256 values.
void measure_pixels(const Dataset& data, std::span<const std::uint32_t> indices,
                    Normalisation& result) {
  const auto area = static_cast<std::size_t>(data.shape.height) * data.shape.width;
  const std::size_t channels = result.mean.size();
  for (std::size_t c = 0; c < channels; ++c) {
    std::array<std::uint64_t, 256> counts{};
    for (const std::uint32_t i : indices) {
      const std::uint8_t* pixels = data.pixels.data() + (i * channels + c) * area;
      for (std::size_t k = 0; k < area; ++k) ++counts[pixels[k]];
    }
    const double n = static_cast<double>(indices.size() * area);
    double mean = 0;
    for (std::size_t v = 0; v < 256; ++v) mean += static_cast<double>(v * counts[v]);
    mean /= n;
    double variance = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      const double distance = static_cast<double>(v) - mean;
      variance += static_cast<double>(counts[v]) * distance * distance;
    }
    set(result, c, mean / 255, variance / n / (255.0 * 255.0));
  }
}

void measure_features(const Dataset& data, std::span<const std::uint32_t> indices,
                      Normalisation& result) {
  const std::size_t channels = result.mean.size();
  const double n = static_cast<double>(indices.size());
  for (std::size_t c = 0; c < channels; ++c) {
    double mean = 0;
    for (const std::uint32_t i : indices) mean += data.features[i * channels + c];
    mean /= n;
    double variance = 0;
    for (const std::uint32_t i : indices) {
      const double distance = data.features[i * channels + c] - mean;
      variance += distance * distance;
    }
    set(result, c, mean, variance / n);
  }
}

}  // namespace

Normalisation measure_normalisation(const Dataset& data, std::span<const std::uint32_t> indices) {
  if (indices.empty()) throw std::invalid_argument("measure_normalisation: no examples");
  for (const std::uint32_t i : indices)
    if (i >= data.size())
      throw std::invalid_argument("measure_normalisation: example " + std::to_string(i) + " of " +
                                  std::to_string(data.size()));
  const auto channels = static_cast<std::size_t>(data.shape.channels);
  Normalisation result{.mean = std::vector<float>(channels),
                       .deviation = std::vector<float>(channels)};
  if (data.pixels.empty())
    measure_features(data, indices, result);
  else
    measure_pixels(data, indices, result);
  return result;
}

}  // namespace lamarck::nn
