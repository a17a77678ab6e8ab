#include "kernels/buffer.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace lamarck::kernels {
namespace {
constexpr std::size_t kAlignment = 64;
}

Buffer::Buffer(std::size_t bytes) : bytes_{bytes} {
  if (bytes == 0) return;
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded < bytes) throw std::bad_alloc();
  void* data = std::aligned_alloc(kAlignment, rounded);
  if (!data) throw std::bad_alloc();
  std::memset(data, 0, rounded);
  data_.reset(static_cast<std::byte*>(data));
}

void Buffer::Free::operator()(std::byte* p) const { std::free(p); }

}  // namespace lamarck::kernels
