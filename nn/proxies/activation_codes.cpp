#include "nn/proxies/activation_codes.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include "nn/network/network.hpp"

namespace lamarck::nn {
namespace {

constexpr double kSingular = 1e-10;  // a pivot below this share of the diagonal is 0, rounded

bool tells_sign(const Operation& operation) {
  return std::visit(
      [](const auto& op) {
        if constexpr (requires { op.act; })
          return op.act != Activation::identity && op.act != Activation::sigmoid;
        else
          return false;
      },
      operation);
}

/// The network with one more node at its end, in which the output comes first and then everything
/// that fires.
Architecture with_codes(const Architecture& architecture, const std::vector<std::string>& ids) {
  Architecture wide = architecture;
  Node all{.id = wide.fresh_id("codes"), .op = Concat{}, .inputs = {}};
  const auto flat = [&](const std::string& id) {
    Node node{.id = wide.fresh_id("flat"), .op = Flatten{}, .inputs = {id}};
    all.inputs.push_back(node.id);
    wide.nodes.push_back(std::move(node));
  };
  flat(architecture.output());
  for (const std::string& id : ids) flat(id);
  wide.nodes.push_back(std::move(all));
  return wide;
}

}  // namespace

ActivationCodes activation_codes(const Model& model, const ProxyBatch& batch) {
  const Architecture& architecture = model.architecture;
  std::vector<std::string> ids;
  for (const Node& node : architecture.nodes)
    if (tells_sign(node.op)) ids.push_back(node.id);
  ActivationCodes codes{.images = static_cast<std::size_t>(batch.size), .units = 0, .bits = {}};
  if (ids.empty()) return codes;

  const Shape output = infer_shapes(architecture).back();
  Network network{{with_codes(architecture, ids), model.weights},
                  {.batch = batch.size, .winograd = batch.winograd}};
  std::ranges::copy(batch.images, network.input().begin());
  network.forward();
  const std::span<const float> values = network.output();
  const std::size_t columns = values.size() / codes.images;
  const auto skipped = static_cast<std::size_t>(output.elements());
  codes.units = columns - skipped;
  codes.bits.reserve(codes.images * codes.units);
  for (std::size_t image = 0; image < codes.images; ++image)
    for (std::size_t i = skipped; i < columns; ++i)
      codes.bits.push_back(values[image * columns + i] > 0);
  return codes;
}

std::optional<double> log_determinant(const ActivationCodes& codes) {
  constexpr std::size_t kWord = 64;
  const std::size_t words = (codes.units + kWord - 1) / kWord;
  if (words == 0 || codes.images == 0) return std::nullopt;
  std::vector<std::uint64_t> packed(codes.images * words);
  for (std::size_t image = 0; image < codes.images; ++image)
    for (std::size_t unit = 0; unit < codes.units; ++unit)
      if (codes.bits[image * codes.units + unit])
        packed[image * words + unit / kWord] |= std::uint64_t{1} << (unit % kWord);

  const auto size = static_cast<Eigen::Index>(codes.images);
  Eigen::MatrixXd kernel(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j <= i; ++j) {
      std::size_t differ = 0;
      for (std::size_t word = 0; word < words; ++word)
        differ += static_cast<std::size_t>(
            std::popcount(packed[static_cast<std::size_t>(i) * words + word] ^
                          packed[static_cast<std::size_t>(j) * words + word]));
      kernel(i, j) = kernel(j, i) = static_cast<double>(codes.units - differ);
    }
  const Eigen::LDLT<Eigen::MatrixXd> factors{kernel};
  double sum = 0;
  for (const double pivot : factors.vectorD()) {
    if (!(pivot > kSingular * static_cast<double>(codes.units))) return std::nullopt;
    sum += std::log(pivot);
  }
  return sum;
}

}  // namespace lamarck::nn
