// What a candidate is likely worth, told from those that are like it: Gaussian process regression
// with one length scale, on points whose coordinates are comparable.
//
// The kernel is exp(-|a - b|^2 / length). Length and noise are those of a small grid that make the
// values most likely; the values' mean and scale are fitted with them.
//
// Source: C. Rasmussen and C. Williams, "Gaussian processes for machine learning", MIT Press 2006,
// algorithm 2.1 and section 5.4. Thread safety: a value; const functions may be called at once.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace lamarck::search {

/// Points in groups whose coordinates lie side by side, so that the distances to a group are
/// computed at once; each is the same sum in the same order as on its own. Coordinates of the other
/// point that are zero cost nothing: where slots have options, most are.
class PackedPoints {
 public:
  void add(std::span<const double> point);
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Of all to `point`, in the order added; the rounding of the points' squares is in them.
  [[nodiscard]] std::vector<double> squared_distances(std::span<const double> point) const;

 private:
  static constexpr std::size_t kGroup = 32;
  std::size_t size_ = 0;
  std::vector<double> coordinates_;  // by group, coordinate, point
  std::vector<double> squares_;      // each point's |a|^2
};

class Surrogate {
 public:
  struct Prediction {
    double mean = 0;
    double deviation = 0;  ///< of the value itself, without the noise of its evaluation
  };
  struct Shape {
    double length = 1;   ///< on |a - b|^2
    double noise = 0.1;  ///< variance of an evaluation, as a share of that of the values
    bool operator==(const Shape&) const = default;
  };

  Surrogate() = default;
  /// The most likely shape for these, by up to `kMostShaped` of them, evenly spread. \pre as many
  /// values as points, at least two; points of equal size
  [[nodiscard]] static Shape shape_of(std::span<const std::vector<double>> points,
                                      std::span<const double> values);
  /// \pre as above, at least one
  Surrogate(const Shape& shape, const std::vector<std::vector<double>>& points,
            const std::vector<double>& values);
  /// One more, in O(size^2). The same as if it had been given at the beginning.
  void add(std::span<const double> point, double value);

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  /// O(size). \pre size() > 0
  [[nodiscard]] double mean(std::span<const double> point) const;
  /// O(size^2).
  [[nodiscard]] Prediction predict(std::span<const double> point) const;
  /// mean() of the point with this number, in O(1).
  [[nodiscard]] double smoothed(std::size_t number) const;
  /// Standard deviation of an evaluation about the value.
  [[nodiscard]] double noise() const;

  static constexpr std::size_t kMostShaped = 64;

 private:
  void append(std::span<const double> point, double value);
  void solve();
  [[nodiscard]] std::vector<double> kernel(std::span<const double> point) const;

  Shape shape_;
  PackedPoints points_;
  std::vector<double> values_;
  std::vector<std::vector<double>> factor_;  // lower triangle, row by row
  std::vector<double> weights_;              // inverse of the kernel matrix times centred values
  std::vector<double> half_ones_, half_values_;  // factor^-1 times ones and values
  double mean_ = 0, scale_ = 0;                  // of the values; scale is a variance
};

}  // namespace lamarck::search
