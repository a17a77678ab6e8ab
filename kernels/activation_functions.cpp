#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kernels/activation.hpp"

namespace lamarck::kernels {
namespace {

struct Row {
  Activation activation;
  std::string_view name;
};
constexpr std::array kRows{
    Row{Activation::identity, "identity"}, Row{Activation::relu, "relu"},
    Row{Activation::relu6, "relu6"},       Row{Activation::leaky_relu, "leaky_relu"},
    Row{Activation::elu, "elu"},           Row{Activation::gelu, "gelu"},
    Row{Activation::silu, "silu"},         Row{Activation::hard_swish, "hard_swish"},
    Row{Activation::sigmoid, "sigmoid"},   Row{Activation::tanh, "tanh"}};
constexpr std::array kAll = [] {
  std::array<Activation, kRows.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = kRows[i].activation;
  return all;
}();
constexpr double kLeak = 0.01;

/// Without overflow of the exponential on either side.
double logistic(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}
double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double normal_density(double x) {
  return std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

}  // namespace

std::string_view name(Activation activation) {
  for (const Row& row : kRows)
    if (row.activation == activation) return row.name;
  return "unknown";
}

std::optional<Activation> activation_named(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.activation;
  return std::nullopt;
}

std::span<const Activation> all_activations() { return kAll; }

double apply(Activation activation, double x) {
  switch (activation) {
    case Activation::identity:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::leaky_relu:
      return x > 0 ? x : kLeak * x;
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::gelu:
      return x * normal_cdf(x);
    case Activation::silu:
      return x * logistic(x);
    case Activation::hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::sigmoid:
      return logistic(x);
    case Activation::tanh:
      return std::tanh(x);
  }
  return x;
}

double derivative(Activation activation, double x) {
  switch (activation) {
    case Activation::identity:
      return 1;
    case Activation::relu:
      return x > 0 ? 1 : 0;
    case Activation::relu6:
      return x > 0 && x < 6 ? 1 : 0;
    case Activation::leaky_relu:
      return x > 0 ? 1 : kLeak;
    case Activation::elu:
      return x > 0 ? 1 : std::exp(x);
    case Activation::gelu:
      return normal_cdf(x) + x * normal_density(x);
    case Activation::silu: {
      const double s = logistic(x);
      return s + x * s * (1 - s);
    }
    case Activation::hard_swish:
      return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
    case Activation::sigmoid: {
      const double s = logistic(x);
      return s * (1 - s);
    }
    case Activation::tanh: {
      const double t = std::tanh(x);
      return 1 - t * t;
    }
  }
  return 1;
}

}  // namespace lamarck::kernels
