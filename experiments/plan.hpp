// What a network compiles to, step by step, as JSON and as text.
#pragma once
#include <string>

#include "nn/network/network.hpp"

namespace lamarck::experiments {

struct PlanOptions {
  int batch = 64;
  bool training = true;  ///< else inference, with normalisations folded
  int threads = 1;
  kernels::DataType precision = kernels::DataType::f32;
  bool winograd = true;
  int rounds = 0;  ///< runs to take the median time of; 0: not timed
};

/// A row: pass, node, step, layout, bytes, and with rounds > 0 seconds and their share of the
/// whole. In training the loss (cross-entropy) and the update (SGD with momentum) are rows too.
struct Plan {
  std::vector<nn::Network::PlanRow> rows;
  std::vector<double> seconds;  ///< of each row, or empty
  /// Of all rows in one go, on random numbers, without a clock in between; 0: not timed.
  double whole_seconds = 0;
  std::size_t arena_bytes = 0, live_bytes = 0, reorders = 0;
  int batch = 0;
};
/// Compiles (and times). \throws std::invalid_argument, IoError as nn::Network
[[nodiscard]] Plan make_plan(const nn::Model& model, const PlanOptions& options);

[[nodiscard]] std::string plan_json(const Plan& plan);
/// Rows, then times by kind of step, then totals.
[[nodiscard]] std::string plan_text(const Plan& plan);

}  // namespace lamarck::experiments
