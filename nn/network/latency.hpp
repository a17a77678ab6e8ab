// Measured latency: the time of one forward pass of one image on one thread.
//
// Clocks lie on shared machines: a neighbour slows everything down for a while. So the network
// takes turns with a reference network, and what counts is the median of their ratios, in units of
// what the reference took when the meter was made.
//
// Thread safety: measure() may be called by several threads; they wait for each other.
#pragma once
#include "nn/model.hpp"

namespace lamarck::nn {

class LatencyMeter {
 public:
  /// Times the reference network on this machine.
  LatencyMeter();
  /// With what another meter found, so that a run that goes on later measures in the same units.
  /// \throws std::invalid_argument unless above 0
  explicit LatencyMeter(double reference_seconds);

  /// What the reference network takes, in seconds.
  [[nodiscard]] double reference_seconds() const { return reference_seconds_; }
  /// Seconds of a forward pass, batch 1, one thread, normalisations folded. While it lasts the
  /// calling thread is bound to the core it is on. `winograd`: as NetworkOptions. \throws as
  /// Network
  [[nodiscard]] double measure(const Model& model, bool winograd = true) const;

 private:
  double reference_seconds_;
};

/// The network that others are compared with: small, of every common kind of layer.
[[nodiscard]] Model latency_reference();

}  // namespace lamarck::nn
