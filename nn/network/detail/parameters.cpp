#include "nn/network/detail/parameters.hpp"

#include <algorithm>
#include <cassert>

#include "kernels/buffer.hpp"
#include "kernels/combine.hpp"
#include "nn/network/detail/placement.hpp"

namespace lamarck::nn::detail {
namespace {

using kernels::Buffer;
using kernels::Layout;

// Blocks begin where their copies in bf16, half as long, are aligned too.
constexpr std::size_t kFloats = kAlignment / sizeof(std::uint16_t);

Layout plain_layout(const BlockSpec& spec) { return Layout::plain(spec.layout.dims()); }

/// The whole block in plain order, aligned as kernels want it.
Buffer to_plain(const BlockSpec& spec, const float* block) {
  const Layout plain = plain_layout(spec);
  Buffer staged{plain.bytes()};
  // A reorder only reads its source.
  kernels::reorder_now({spec.layout, const_cast<float*>(block)}, {plain, staged.data()});
  return staged;
}

}  // namespace

std::size_t Parameters::add(BlockSpec spec) {
  const std::size_t offset = size_;
  const std::size_t floats = spec.layout.bytes() / sizeof(float);
  blocks_.push_back({spec.name, offset, floats, spec.decayed});
  specs_.push_back(std::move(spec));
  size_ = (offset + floats + kFloats - 1) / kFloats * kFloats;
  return offset * sizeof(float);
}

void Parameters::load(const Weights& weights, std::span<float> memory) const {
  assert(memory.size() == size_);
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const BlockSpec& spec = specs_[i];
    const Layout plain = plain_layout(spec);
    Buffer staged{plain.bytes()};
    float* to = staged.floats().data();
    for (const std::string& key : spec.keys) {
      const std::vector<float>& from = weights.find(key)->second.data;
      to = std::copy(from.begin(), from.end(), to);
    }
    kernels::reorder_now({plain, staged.data()}, {spec.layout, &memory[blocks_[i].offset]});
  }
}

void Parameters::store(std::span<const float> memory, Weights& weights) const {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const Buffer staged = to_plain(specs_[i], &memory[blocks_[i].offset]);
    const float* from = staged.floats().data();
    for (const std::string& key : specs_[i].keys) {
      std::vector<float>& to = weights.find(key)->second.data;
      std::copy_n(from, to.size(), to.begin());
      from += to.size();
    }
  }
}

std::vector<float> Parameters::plain(std::span<const float> memory, std::string_view key) const {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const auto& keys = specs_[i].keys;
    const auto found = std::find(keys.begin(), keys.end(), key);
    if (found == keys.end()) continue;
    const Buffer staged = to_plain(specs_[i], &memory[blocks_[i].offset]);
    const std::span<float> all = staged.floats();
    const auto each = static_cast<std::ptrdiff_t>(specs_[i].layout.elements() / keys.size());
    const auto begin = all.begin() + each * (found - keys.begin());
    return {begin, begin + each};
  }
  return {};
}

}  // namespace lamarck::nn::detail
