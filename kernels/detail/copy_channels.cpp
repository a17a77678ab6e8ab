#include "kernels/detail/copy_channels.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/detail/parallel.hpp"

namespace lamarck::kernels::detail {
namespace {

/// Pixels moved for one lane before the next: the lines they share stay in the L1 cache.
constexpr std::int64_t kTile = 256;

template <class T>
struct Copy {
  const ChannelView& src;
  const T* from;
  std::int64_t src_from;
  const ChannelView& dst;
  T* to;
  std::int64_t dst_from, count;

  const T* source(std::int64_t n, std::int64_t c) const {
    return from + n * src.image + c / src.lanes * src.group + c % src.lanes;
  }
  T* target(std::int64_t n, std::int64_t c) const {
    return to + n * dst.image + c / dst.lanes * dst.group + c % dst.lanes;
  }

  /// Channels from `c` (counted from the range's start) that both sides hold as whole groups.
  std::int64_t whole_groups(std::int64_t c) const {
    const std::int64_t lanes = dst.lanes;
    if (src.lanes != lanes || (src_from + c) % lanes != 0 || (dst_from + c) % lanes != 0) return 0;
    if (count - c >= lanes) return lanes;
    // A last, partly filled group goes whole, zeros included, when it is the last on both sides.
    const bool ends = src_from + count == src.channels && dst_from + count == dst.channels;
    return ends ? count - c : 0;
  }

  void move_lanes(std::int64_t n, std::int64_t c, std::int64_t lanes) const {
    for (std::int64_t tile = 0; tile < dst.pixels; tile += kTile) {
      const std::int64_t end = std::min(tile + kTile, dst.pixels);
      for (std::int64_t l = 0; l < lanes; ++l) {
        const T* s = source(n, src_from + c + l);
        T* d = target(n, dst_from + c + l);
        for (std::int64_t p = tile; p < end; ++p) d[p * dst.pixel] = s[p * src.pixel];
      }
    }
  }

  void image(std::int64_t n) const {
    for (std::int64_t c = 0; c < count;) {
      if (const std::int64_t whole = whole_groups(c); whole > 0) {
        std::memcpy(target(n, dst_from + c), source(n, src_from + c),
                    static_cast<std::size_t>(dst.pixels * dst.lanes) * sizeof(T));
        c += whole;
        continue;
      }
      const std::int64_t left = dst.lanes - (dst_from + c) % dst.lanes;
      const std::int64_t lanes = std::min(left, count - c);
      move_lanes(n, c, lanes);
      c += lanes;
    }
  }

  void run() const {
    parallel_for(dst.images, [this](std::int64_t n) { image(n); });
    if (dst_from + count == dst.channels) zero_padding(dst, to, sizeof(T));
  }
};

}  // namespace

void copy_channels(const ChannelView& src, const void* from, std::int64_t src_from,
                   const ChannelView& dst, void* to, std::int64_t dst_from, std::int64_t count,
                   std::size_t element_bytes) {
  const auto run = [&]<class T>(T) {
    Copy<T>{src, static_cast<const T*>(from), src_from, dst, static_cast<T*>(to), dst_from, count}
        .run();
  };
  switch (element_bytes) {
    case 1:
      return run(std::uint8_t{});
    case 2:
      return run(std::uint16_t{});
    default:
      return run(std::uint32_t{});
  }
}

}  // namespace lamarck::kernels::detail
