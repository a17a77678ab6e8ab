#include "nn/data/shapes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/random.hpp"

namespace lamarck::nn {
namespace {

constexpr int kSide = 20;
constexpr std::array kNames{"disc", "ring",  "square", "frame", "triangle",
                            "plus", "cross", "bars",   "bowl",  "dots"};
constexpr int kClasses = static_cast<int>(kNames.size());

/// Signed distance of (u, v) to the edge of a figure of radius about 1: negative inside. Only
/// arithmetic and square roots, which IEEE 754 rounds alike everywhere.
double distance(int figure, double u, double v) {
  const double radius = std::sqrt(u * u + v * v);
  const double side = std::max(std::abs(u), std::abs(v));
  const auto plus = [](double x, double y) {
    return std::min(std::max(std::abs(x) - 0.22, std::abs(y) - 0.95),
                    std::max(std::abs(x) - 0.95, std::abs(y) - 0.22));
  };
  constexpr double kHalfRoot = 0.70710678118654752;
  switch (figure) {
    case 0:
      return radius - 0.88;
    case 1:
      return std::abs(radius - 0.72) - 0.2;
    case 2:
      return side - 0.78;
    case 3:
      return std::abs(side - 0.7) - 0.19;
    case 4:
      return std::max({v - 0.55, 0.8660254 * std::abs(u) - 0.5 * v - 0.5});
    case 5:
      return plus(u, v);
    case 6:
      return plus(kHalfRoot * (u + v), kHalfRoot * (u - v));
    case 7:
      return std::max(std::abs(u) - 0.85,
                      std::min(std::abs(v), std::abs(std::abs(v) - 0.66)) - 0.18);
    case 8:
      return std::max(std::sqrt(u * u + (v + 0.4) * (v + 0.4)) - 0.95, -0.4 - v);
    default: {
      const double x = std::abs(u) - 0.55;
      const double y = std::abs(v) - 0.55;
      return std::sqrt(x * x + y * y) - 0.33;
    }
  }
}

/// Where and how one figure is drawn.
struct Pose {
  double x, y, radius, cosine, sine;
};

Pose draw_pose(Random& random) {
  const double radius = random.uniform(4.5, 7.5);
  const double margin = 0.85 * radius;
  const double t = random.uniform(-0.18, 0.18);  // tangent of half the angle: 20 degrees either way
  return {.x = random.uniform(margin, kSide - margin),
          .y = random.uniform(margin, kSide - margin),
          .radius = radius,
          .cosine = (1 - t * t) / (1 + t * t),
          .sine = 2 * t / (1 + t * t)};
}

/// Near enough to normal, with deviation 1, and the same on every machine: four bytes summed.
double noise(Random& random) {
  const std::uint32_t bits = random.bits32();
  const auto sum = (bits & 255U) + ((bits >> 8) & 255U) + ((bits >> 16) & 255U) + (bits >> 24);
  return (sum - 510.0) / 147.8;
}

void draw(int figure, Random random, std::uint8_t* pixels) {
  const Pose pose = draw_pose(random);
  const double ground = random.uniform(40, 120);
  const double slope_x = random.uniform(-2.5, 2.5);
  const double slope_y = random.uniform(-2.5, 2.5);
  const double contrast = random.uniform(60, 120);
  const double spread = random.uniform(6, 18);
  // A blot somewhere, as bright as the figure may be, which means nothing.
  const double blot_x = random.uniform(0, kSide);
  const double blot_y = random.uniform(0, kSide);
  const double blot = random.uniform(-90, 90);
  for (int row = 0; row < kSide; ++row)
    for (int column = 0; column < kSide; ++column) {
      const double x = column + 0.5 - pose.x;
      const double y = row + 0.5 - pose.y;
      const double u = (pose.cosine * x + pose.sine * y) / pose.radius;
      const double v = (pose.cosine * y - pose.sine * x) / pose.radius;
      const double cover = std::clamp(0.5 - distance(figure, u, v) * pose.radius, 0.0, 1.0);
      const bool blotted =
          std::max(std::abs(column + 0.5 - blot_x), std::abs(row + 0.5 - blot_y)) < 1.5;
      const double value = ground + slope_x * (column - kSide / 2) + slope_y * (row - kSide / 2) +
                           contrast * cover + (blotted ? blot : 0.0) + spread * noise(random);
      *pixels++ = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
}

Dataset make_part(std::uint64_t seed, Purpose purpose, std::size_t count) {
  Dataset data;
  data.name = "shapes";
  data.shape = {1, kSide, kSide};
  data.classes = kClasses;
  data.class_names.assign(kNames.begin(), kNames.end());
  for (std::size_t i = 0; i < count; ++i) data.labels.push_back(static_cast<int>(i % kClasses));
  Random{seed, purpose, count}.shuffle(data.labels);
  data.pixels.resize(count * kSide * kSide);
  for (std::size_t i = 0; i < count; ++i)
    draw(data.labels[i], Random{seed, purpose, i}, data.pixels.data() + i * kSide * kSide);
  return data;
}

}  // namespace

TrainTest make_shapes(std::uint64_t seed, std::size_t train, std::size_t test) {
  return {.train = make_part(seed, "shapes: train", train),
          .test = make_part(seed, "shapes: test", test)};
}

}  // namespace lamarck::nn
