// Batch normalisation by its formulas, in double, on row-major {n, c, pixels}.
#pragma once
#include <cmath>

#include "tests/support/laid_out.hpp"

namespace lamarck::test {

struct NormShape {
  std::size_t images, channels, pixels;
  [[nodiscard]] std::size_t size() const { return images * channels * pixels; }
  [[nodiscard]] std::size_t channel(std::size_t i) const { return i / pixels % channels; }
  [[nodiscard]] double count() const { return static_cast<double>(images * pixels); }
};

struct Statistics {
  Values mean, variance;
};

inline Statistics statistics_of(const NormShape& shape, const Values& src) {
  Statistics s{Values(shape.channels, 0.0), Values(shape.channels, 0.0)};
  for (std::size_t i = 0; i < src.size(); ++i) s.mean[shape.channel(i)] += src[i] / shape.count();
  for (std::size_t i = 0; i < src.size(); ++i)
    s.variance[shape.channel(i)] +=
        (src[i] - s.mean[shape.channel(i)]) * (src[i] - s.mean[shape.channel(i)]) / shape.count();
  return s;
}

/// scale_shift: the channels' scales, then their shifts.
inline Values normalise(const NormShape& shape, const Values& src, const Values& scale_shift,
                        const Statistics& s, double epsilon, bool relu) {
  Values dst(src.size());
  for (std::size_t i = 0; i < src.size(); ++i) {
    const std::size_t c = shape.channel(i);
    dst[i] = (src[i] - s.mean[c]) / std::sqrt(s.variance[c] + epsilon) * scale_shift[c] +
             scale_shift[shape.channels + c];
    if (relu) dst[i] = std::max(dst[i], 0.0);
  }
  return dst;
}

struct NormGradient {
  Values src, scale_shift;
};

/// Through the batch's own statistics; `dst` is normalise()'s result.
inline NormGradient normalise_backward(const NormShape& shape, const Values& src, Values diff_dst,
                                       const Values& scale_shift, const Statistics& s,
                                       double epsilon, bool relu, const Values& dst) {
  NormGradient g{Values(src.size()), Values(2 * shape.channels, 0.0)};
  const auto normal = [&](std::size_t i) {
    const std::size_t c = shape.channel(i);
    return (src[i] - s.mean[c]) / std::sqrt(s.variance[c] + epsilon);
  };
  for (std::size_t i = 0; i < src.size(); ++i) {
    if (relu && dst[i] <= 0) diff_dst[i] = 0;
    g.scale_shift[shape.channel(i)] += diff_dst[i] * normal(i);
    g.scale_shift[shape.channels + shape.channel(i)] += diff_dst[i];
  }
  for (std::size_t i = 0; i < src.size(); ++i) {
    const std::size_t c = shape.channel(i);
    g.src[i] = scale_shift[c] / std::sqrt(s.variance[c] + epsilon) *
               (diff_dst[i] - g.scale_shift[shape.channels + c] / shape.count() -
                normal(i) * g.scale_shift[c] / shape.count());
  }
  return g;
}

}  // namespace lamarck::test
