#include "kernels/detail/channel_sums.hpp"

#include "kernels/detail/parallel.hpp"
#include "kernels/simd/norm_passes.hpp"

namespace lamarck::kernels::detail {

template <class Element>
void channel_sums(const ChannelView& view, const Element* data, float* sums) {
  parallel_for(view.groups, [&](std::int64_t group) {
    simd::Lanes sum, squares;
    for (std::int64_t n = 0; n < view.images; ++n)
      simd::norm_passes<Element>().add_moments(data + n * view.image + group * view.group,
                                               view.pixels * view.lanes, {}, sum, squares);
    for (std::int64_t c = 0; c < view.used(group); ++c) {
      float total = 0;
      for (std::int64_t l = c; l < simd::kLanes; l += view.lanes) total += sum.at[l];
      sums[group * view.lanes + c] = total;
    }
  });
}

template void channel_sums(const ChannelView&, const float*, float*);
template void channel_sums(const ChannelView&, const simd::Bf16*, float*);

}  // namespace lamarck::kernels::detail
