// The space of CNNs: architecture graphs, varied by nn's edits, within hard limits.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/edits/edit.hpp"
#include "search/space.hpp"

namespace lamarck::search {

struct Limits {
  std::optional<double> macs = {}, params = {},
                        memory = {};  ///< memory: peak activation bytes of one image
  std::optional<int> depth = {};
  bool operator==(const Limits&) const = default;
};

struct CnnSpaceOptions {
  std::vector<nn::Architecture> starts;
  /// Weight of each edit kind; those not named are not used. `crossover` is no edit of one parent
  /// and not listed here.
  std::map<std::string, double> edits;
  Limits limits = {};
  nn::SiteOptions sites = {};
  int random_steps = 12;  ///< most edits between a start and a random sample
};

/// Genomes are architectures as YAML. key: the canonical hash in hex. costs: macs, params,
/// peak_activation_bytes, depth. \throws ConfigError: no start; a start that breaks a limit (all of
/// them); unknown edit; weights all zero
[[nodiscard]] std::unique_ptr<Space> make_cnn_space(CnnSpaceOptions options);

}  // namespace lamarck::search
