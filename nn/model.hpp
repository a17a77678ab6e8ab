// A model: an architecture with its weights, in plain layouts that edits and files understand.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "kernels/random.hpp"
#include "nn/architecture.hpp"

namespace lamarck::nn {

/// Row-major numbers: conv weights {o, c/groups, kh, kw}, dense weights {o, c, h, w} (h = w = 1
/// unless it reads an image), vectors {c}.
struct Tensor {
  std::vector<int> shape;
  std::vector<float> data;

  Tensor() = default;
  explicit Tensor(std::vector<int> shape_, float value = 0.0F);
  [[nodiscard]] std::size_t elements() const { return data.size(); }
  bool operator==(const Tensor&) const = default;
};

/// Keys: `<node>.weight`, `<node>.bias`, `<node>.norm.scale|shift|mean|variance` (conv, dense and
/// batch_norm alike), `<node>.gate`. Dense after `flatten` reads the flattened order (c, h, w):
/// its weight is {o, c*h*w, 1, 1}; a dense that reads an image directly has {o, c, h, w}.
using Weights = std::map<std::string, Tensor, std::less<>>;

struct Model {
  Architecture architecture;
  Weights weights;
  bool operator==(const Model&) const = default;
};

/// One tensor a node must have.
struct ParameterSpec {
  std::string name;  ///< the key
  std::vector<int> shape;
  bool learnt = true;  ///< false for running statistics
  bool decayed =
      false;  ///< weight decay applies (weights of conv and dense; not bias, norm or gate)
  std::string node = {};  ///< id of the node it belongs to
};
/// Of all nodes, in order. \throws std::invalid_argument as validate
[[nodiscard]] std::vector<ParameterSpec> parameter_specs(const Architecture& architecture);

/// What is missing, too many or of the wrong shape, or nothing.
[[nodiscard]] std::optional<std::string> find_fault(const Model& model);
/// \throws std::invalid_argument with find_fault's text
void validate(const Model& model);

enum class Initializer { he_normal, he_uniform, xavier_normal, xavier_uniform };
struct InitOptions {
  Initializer kind = Initializer::he_normal;
  /// The last normalisation before each residual add starts at scale 0 (P. Goyal et al., 2017).
  bool zero_gamma = false;
};
/// Fresh weights; each tensor draws from a stream of its own name, so equal nodes get equal weights
/// whatever stands beside them. He: K. He et al., ICCV 2015 (fan in, gain 2). Xavier: X. Glorot and
/// Y. Bengio, 2010.
[[nodiscard]] Weights initialise(const Architecture& architecture, const InitOptions&,
                                 std::uint64_t seed);
[[nodiscard]] Model make_model(Architecture architecture, const InitOptions&, std::uint64_t seed);

}  // namespace lamarck::nn
