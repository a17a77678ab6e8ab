#include "kernels/detail/image_norm.hpp"

#include <cmath>

#include "kernels/simd/norm_passes.hpp"

namespace lamarck::kernels::detail {
namespace {

using simd::Affine;
using simd::Differential;
using simd::kLanes;
using simd::Lanes;

// One number a channel of a group, as the passes want them: channel c in lanes c, c + lanes, ...;
// zero where the group is padding.
template <class Value>
Lanes spread(const ChannelView& view, std::int64_t group, const Value& value) {
  Lanes lanes;
  for (std::int64_t l = 0; l < kLanes; ++l) {
    const std::int64_t c = l % view.lanes;
    if (c < view.used(group)) lanes.at[l] = value(group * view.lanes + c);
  }
  return lanes;
}

// Sums over all images, in double: what one image adds up to in float is small enough.
struct Totals {
  double at[kLanes] = {};
  void add(const Lanes& lanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) at[l] += static_cast<double>(lanes.at[l]);
  }
  // Of channel c of the group.
  [[nodiscard]] double of(const ChannelView& view, std::int64_t c) const {
    double sum = 0;
    for (std::int64_t l = c; l < kLanes; l += view.lanes) sum += at[l];
    return sum;
  }
};

// Calls body(offset, count) for pieces of each image's stretch of the group, short enough for sums
// in float.
template <class Body>
void for_pieces(const ChannelView& view, std::int64_t group, const Body& body) {
  constexpr std::int64_t kPiece = 256 * kLanes;
  const std::int64_t count = view.pixels * view.lanes;
  for (std::int64_t n = 0; n < view.images; ++n) {
    const std::int64_t begin = n * view.image + group * view.group;
    for (std::int64_t at = 0; at < count; at += kPiece)
      body(begin + at, std::min(kPiece, count - at));
  }
}

double elements(const ChannelView& view) {
  return static_cast<double>(view.images) * static_cast<double>(view.pixels);
}

float deviation_inverse(const ImageNorm& norm, const NormVectors& vectors, std::int64_t c) {
  return 1.0F / std::sqrt(vectors.variance[c] + norm.epsilon);
}

Affine affine_of(const ImageNorm& norm, const NormVectors& vectors, std::int64_t group) {
  const auto factor = [&](std::int64_t c) {
    return vectors.scale[c] * deviation_inverse(norm, vectors, c);
  };
  return {spread(norm.view, group, factor), spread(norm.view, group, [&](std::int64_t c) {
            return vectors.shift[c] - vectors.mean[c] * factor(c);
          })};
}

}  // namespace

std::optional<ImageNorm> image_norm(const Layout& layout, float epsilon, bool relu) {
  if (layout.type() == DataType::u8 || layout.dims().size() != 4) return std::nullopt;
  const auto view = channel_view(layout);
  if (!view || (view->lanes != 8 && view->lanes != 16)) return std::nullopt;
  return ImageNorm{*view, epsilon, relu};
}

template <class Element>
void measure(const ImageNorm& norm, const Element* src, const NormVectors& vectors,
             std::int64_t group) {
  const ChannelView& view = norm.view;
  // The mean of the first image is close to that of all.
  Lanes sum, squares;
  const std::int64_t one_image = view.pixels * view.lanes;
  const simd::NormPasses<Element>& passes = simd::norm_passes<Element>();
  passes.add_moments(src + group * view.group, one_image, {}, sum, squares);
  Totals first;
  first.add(sum);
  const Lanes pilot = spread(view, group, [&](std::int64_t c) {
    return static_cast<float>(first.of(view, c - group * view.lanes) /
                              static_cast<double>(view.pixels));
  });

  Totals sums, square_sums;
  for_pieces(view, group, [&](std::int64_t at, std::int64_t count) {
    Lanes s, q;
    passes.add_moments(src + at, count, pilot, s, q);
    sums.add(s);
    square_sums.add(q);
  });
  for (std::int64_t c = 0; c < view.used(group); ++c) {
    const double from_pilot = sums.of(view, c) / elements(view);
    const double variance = square_sums.of(view, c) / elements(view) - from_pilot * from_pilot;
    const std::int64_t channel = group * view.lanes + c;
    vectors.mean[channel] = static_cast<float>(static_cast<double>(pilot.at[c]) + from_pilot);
    vectors.variance[channel] = variance < 0 ? 0.0F : static_cast<float>(variance);
  }
}

template <class Element>
void normalise(const ImageNorm& norm, const Element* src, const Element* other,
               const NormVectors& vectors, std::int64_t group, Element* dst) {
  const Affine affine = affine_of(norm, vectors, group);
  const simd::NormPasses<Element>& passes = simd::norm_passes<Element>();
  const auto pass = norm.relu ? passes.normalise_relu : passes.normalise;
  const auto pass_add = norm.relu ? passes.normalise_add_relu : passes.normalise_add;
  for_pieces(norm.view, group, [&](std::int64_t at, std::int64_t count) {
    if (other)
      pass_add(src + at, other + at, count, affine, dst + at);
    else
      pass(src + at, count, affine, dst + at);
  });
}

template <class Element>
void backward(const ImageNorm& norm, const NormBackward<Element>& tensors,
              const NormVectors& vectors, std::int64_t group, const NormGradients& gradients) {
  const ChannelView& view = norm.view;
  const simd::NormPasses<Element>& passes = simd::norm_passes<Element>();
  const Affine affine = affine_of(norm, vectors, group);
  const Lanes mean = spread(view, group, [&](std::int64_t c) { return vectors.mean[c]; });
  Totals sums, products;
  for_pieces(view, group, [&](std::int64_t at, std::int64_t count) {
    Lanes s, p;
    const Element* x = tensors.src + at;
    const Element* diff = tensors.diff_dst + at;
    if (tensors.diff_other)
      passes.add_gradients_masked(x, diff, tensors.dst + at, count, mean, tensors.diff_other + at,
                                  s, p);
    else if (norm.relu)
      passes.add_gradients_relu(x, diff, count, mean, affine, s, p);
    else
      passes.add_gradients(x, diff, count, mean, s, p);
    sums.add(s);
    products.add(p);
  });
  for (std::int64_t c = 0; c < view.used(group); ++c) {
    const std::int64_t channel = group * view.lanes + c;
    gradients.shift[channel] = static_cast<float>(sums.of(view, c));
    gradients.scale[channel] = static_cast<float>(
        products.of(view, c) * static_cast<double>(deviation_inverse(norm, vectors, channel)));
  }
  // diff_src = gain * (diff - mean(diff) - normalised * mean(diff * normalised)), as a function of
  // diff and src.
  Differential differential;
  differential.gain = affine.factor;
  differential.slope = spread(view, group, [&](std::int64_t c) {
    const auto inverse = static_cast<double>(deviation_inverse(norm, vectors, c));
    const double along = products.of(view, c - group * view.lanes) * inverse / elements(view);
    return static_cast<float>(-static_cast<double>(vectors.scale[c]) * inverse * inverse * along);
  });
  differential.offset = spread(view, group, [&](std::int64_t c) {
    const std::int64_t l = c - group * view.lanes;
    const double average = sums.of(view, c - group * view.lanes) / elements(view);
    return static_cast<float>(-static_cast<double>(differential.gain.at[l]) * average -
                              static_cast<double>(differential.slope.at[l]) *
                                  static_cast<double>(vectors.mean[c]));
  });
  const Element* diff = tensors.diff_other ? tensors.diff_other : tensors.diff_dst;
  const bool relu = norm.relu && !tensors.diff_other;  // else diff is masked already
  for_pieces(view, group, [&](std::int64_t at, std::int64_t count) {
    const Element* x = tensors.src + at;
    Element* to = tensors.diff_src + at;
    if (relu)
      passes.differentiate_relu(x, diff + at, count, affine, differential, to);
    else
      passes.differentiate(x, diff + at, count, differential, to);
  });
}

#define LAMARCK_OF(Element)                                                                     \
  template void measure(const ImageNorm&, const Element*, const NormVectors&, std::int64_t);    \
  template void normalise(const ImageNorm&, const Element*, const Element*, const NormVectors&, \
                          std::int64_t, Element*);                                              \
  template void backward(const ImageNorm&, const NormBackward<Element>&, const NormVectors&,    \
                         std::int64_t, const NormGradients&)
LAMARCK_OF(float);
LAMARCK_OF(simd::Bf16);
#undef LAMARCK_OF

}  // namespace lamarck::kernels::detail
