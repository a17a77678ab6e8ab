// The proxies of the table, one function a file. Contract: ProxyKind::score.
#pragma once
#include "nn/proxies/proxy.hpp"

namespace lamarck::nn::detail {

/// Sum over the weights of conv and dense nodes of the L2 norm of their gradient of the loss.
/// M. Abdelfattah et al., "Zero-cost proxies for lightweight NAS", ICLR 2021, section 3.2.
[[nodiscard]] std::optional<double> grad_norm(const Model& model, const ProxyBatch& batch);

/// Sum of |weight * gradient| over the same weights: by how much the loss would change, to first
/// order, were each of them gone. N. Lee et al., "SNIP: single-shot network pruning based on
/// connection sensitivity", ICLR 2019; as a proxy: Abdelfattah et al. 2021.
[[nodiscard]] std::optional<double> snip(const Model& model, const ProxyBatch& batch);

/// Logarithm of the sum of weight * dR/dweight, R the sum of the outputs for an input of ones, with
/// all weights replaced by their absolute values and without normalisation, biases and activations:
/// the flow through all paths. It needs no data. H. Tanaka et al., "Pruning neural networks without
/// any data by iteratively conserving synaptic flow", NeurIPS 2020; as a proxy: Abdelfattah et al.
/// 2021.
[[nodiscard]] std::optional<double> synflow(const Model& model, const ProxyBatch& batch);

/// Log-determinant of the kernel of activation codes (nn/proxies/activation_codes.hpp).
[[nodiscard]] std::optional<double> naswot(const Model& model, const ProxyBatch& batch);

/// Multiply-adds and parameters: that larger networks are better is what a proxy has to beat.
[[nodiscard]] std::optional<double> macs(const Model& model, const ProxyBatch& batch);
[[nodiscard]] std::optional<double> params(const Model& model, const ProxyBatch& batch);

}  // namespace lamarck::nn::detail
