// Flat memory of named tensors in the layouts that kernels want: learnt parameters, their
// gradients (one index space), or running statistics. Knows where each lies and how it goes to and
// from the plain tensors of a model; does not own the memory.
//
// Thread safety: immutable once the last block is added.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/layout.hpp"
#include "nn/network/network.hpp"

namespace lamarck::nn::detail {

/// One block: the rows of a tensor in `layout` are the model's tensors `keys`, in order. All but
/// scale and shift of a normalisation have one key.
struct BlockSpec {
  std::string name;
  std::vector<std::string> keys;
  kernels::Layout layout;
  bool decayed = false;
};

class Parameters {
 public:
  /// \returns the block's offset in bytes, a multiple of 64
  std::size_t add(BlockSpec spec);

  /// Floats of the whole memory, padding and gaps included.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::vector<ParameterBlock>& blocks() const { return blocks_; }

  /// Writes every block from the model's tensors. Padding is not touched but by zeros.
  /// \pre `weights` holds every key with the right number of elements; memory.size() == size()
  void load(const Weights& weights, std::span<float> memory) const;
  /// Fills the data of every tensor of `weights` that has a block; bit for bit what was loaded.
  void store(std::span<const float> memory, Weights& weights) const;
  /// One tensor's elements in plain order, or nothing where no block holds `key`.
  [[nodiscard]] std::vector<float> plain(std::span<const float> memory, std::string_view key) const;

 private:
  std::vector<BlockSpec> specs_;
  std::vector<ParameterBlock> blocks_;
  std::size_t size_ = 0;
};

}  // namespace lamarck::nn::detail
