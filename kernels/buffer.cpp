#include "kernels/buffer.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace lamarck::kernels {
namespace {

constexpr std::size_t kAlignment = 64;
// What spans a few pages of 2 MiB asks for them: touching a hundred megabytes in pages of 4 KiB
// takes longer than compiling the network that lies there, and each step would look up as many.
constexpr std::size_t kHugePage = 2U << 20;
constexpr std::size_t kFewestHugeBytes = 2 * kHugePage;

}  // namespace

Buffer::Buffer(std::size_t bytes) : bytes_{bytes} {
  if (bytes == 0) return;
  const bool huge = bytes >= kFewestHugeBytes;
  const std::size_t alignment = huge ? kHugePage : kAlignment;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded < bytes) throw std::bad_alloc();
  void* data = std::aligned_alloc(alignment, rounded);
  if (!data) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (huge)
    madvise(data, rounded, MADV_HUGEPAGE);  // advice: where it is not taken, nothing is lost
#endif
  std::memset(data, 0, rounded);
  data_.reset(static_cast<std::byte*>(data));
}

void Buffer::Free::operator()(std::byte* p) const { std::free(p); }

}  // namespace lamarck::kernels
