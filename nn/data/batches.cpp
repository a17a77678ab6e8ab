#include "nn/data/batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/random.hpp"
#include "nn/data/detail/augment.hpp"

namespace lamarck::nn {
namespace {

void check(const Dataset& data, std::span<const std::uint32_t> indices,
           const Normalisation& normalisation, const Augmentation& augmentation, int batch) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw std::invalid_argument("batches: " + message);
  };
  require(!indices.empty(), "the list of examples is empty");
  require(batch >= 1, fmt::format("batch must be at least 1, got {}", batch));
  const std::uint32_t last = *std::max_element(indices.begin(), indices.end());
  require(last < data.size(), fmt::format("example {} of {}", last, data.size()));
  const auto channels = static_cast<std::size_t>(data.shape.channels);
  require(normalisation.mean.size() == channels && normalisation.deviation.size() == channels,
          fmt::format("normalisation of {} channels for images of {}", normalisation.mean.size(),
                      channels));
  const Augmentation& a = augmentation;
  require(a.crop_pad >= 0 && a.crop_pad <= std::max(data.shape.height, data.shape.width),
          fmt::format("crop padding must lie between 0 and the image's side, got {}", a.crop_pad));
  require(a.erase >= 0 && a.erase <= 1, fmt::format("erase must lie in [0, 1], got {}", a.erase));
  require(0 <= a.erase_min && a.erase_min <= a.erase_max && a.erase_max <= 1,
          fmt::format("erased shares must be 0 <= min <= max <= 1, got {} and {}", a.erase_min,
                      a.erase_max));
  const bool augmented = a.crop_pad > 0 || a.flip || a.erase > 0;
  require(!augmented || !data.pixels.empty(), "only images can be augmented, these are features");
}

/// Stream of one image's changes: no two (epoch, position) share one below 2^32 positions.
std::uint64_t stream(std::size_t epoch, std::size_t position) {
  return (static_cast<std::uint64_t>(epoch) << 32) | position;
}

/// Writes examples of one data set into the rows of a batch.
class Rows {
 public:
  Rows(const Dataset& data, const Normalisation& normalisation, std::span<const float> table,
       std::span<float> image, int batch, const kernels::ImageWriter& images, std::span<int> labels,
       std::span<float> targets)
      : data_{data},
        normalisation_{normalisation},
        table_{table},
        image_{image},
        images_{images},
        labels_{labels},
        targets_{targets},
        each_{static_cast<std::size_t>(data.shape.elements())},
        target_size_{static_cast<std::size_t>(data.classes > 0 ? 0 : data.target_size)} {
    const auto rows = static_cast<std::size_t>(batch);
    const std::size_t label_count = data.classes > 0 ? rows : 0;
    const std::size_t room = images.images() * images.image_size();
    if (images.images() != rows || images.image_size() != each_ || labels.size() != label_count ||
        targets.size() != rows * target_size_)
      throw std::invalid_argument(fmt::format(
          "batches: expected room for {} image values, {} labels and {} targets, got {}, {} and {}",
          rows * each_, label_count, rows * target_size_, room, labels.size(), targets.size()));
  }

  void write(std::size_t row, std::uint32_t example, const detail::Change& change) {
    const std::span<float> there = images_.in_place(row);
    float* const image = there.empty() ? image_.data() : there.data();
    if (data_.pixels.empty()) {
      const float* features = data_.features.data() + example * each_;
      for (std::size_t i = 0; i < each_; ++i)
        image[i] = (features[i] - normalisation_.mean[i]) / normalisation_.deviation[i];
    } else {
      detail::write_image(data_.pixels.data() + example * each_, data_.shape, table_, change,
                          image);
    }
    if (there.empty()) images_.write(row, image_);
    if (data_.classes > 0) labels_[row] = data_.labels[example];
    std::copy_n(data_.targets.data() + example * target_size_, target_size_,
                targets_.data() + row * target_size_);
  }

  /// Examples lie anywhere in the data set: asked for ahead, one is there when it is written.
  void fetch(std::uint32_t example) const {
    constexpr std::size_t kLine = 64;  // bytes
    if (data_.pixels.empty()) return;
    for (std::size_t i = 0; i < each_; i += kLine)
      __builtin_prefetch(data_.pixels.data() + example * each_ + i);
  }

  void clear_from(std::size_t row) {
    images_.clear_from(row);
    if (data_.classes > 0)
      std::fill(labels_.begin() + static_cast<std::ptrdiff_t>(row), labels_.end(), 0);
    std::fill(targets_.begin() + static_cast<std::ptrdiff_t>(row * target_size_), targets_.end(),
              0.0F);
  }

 private:
  const Dataset& data_;
  const Normalisation& normalisation_;
  std::span<const float> table_;
  std::span<float> image_;
  const kernels::ImageWriter& images_;
  std::span<int> labels_;
  std::span<float> targets_;
  std::size_t each_, target_size_;
};

}  // namespace

Batches::Batches(const Dataset& data, std::vector<std::uint32_t> indices,
                 Normalisation normalisation, Augmentation augmentation, int batch,
                 std::uint64_t seed)
    : data_{&data},
      indices_{std::move(indices)},
      normalisation_{std::move(normalisation)},
      augmentation_{augmentation},
      batch_{batch},
      seed_{seed},
      image_(static_cast<std::size_t>(data.shape.elements())) {
  check(data, indices_, normalisation_, augmentation_, batch);
  if (data.pixels.empty()) return;
  for (std::size_t c = 0; c < normalisation_.mean.size(); ++c)
    for (int value = 0; value < 256; ++value)
      table_.push_back((static_cast<float>(value) / 255.0F - normalisation_.mean[c]) /
                       normalisation_.deviation[c]);
}

std::size_t Batches::steps_per_epoch() const {
  return std::max<std::size_t>(1, indices_.size() / static_cast<std::size_t>(batch_));
}

kernels::ImageWriter Batches::plain(std::span<float> images) const {
  const Shape& s = data_->shape;
  const auto layout = kernels::Layout::plain({batch_, s.channels, s.height, s.width});
  if (images.size() != layout.elements())
    throw std::invalid_argument(fmt::format("batches: expected room for {} image values, got {}",
                                            layout.elements(), images.size()));
  return kernels::ImageWriter{{layout, images.data()}};
}

void Batches::training(std::size_t epoch, std::size_t step, std::span<float> images,
                       std::span<int> labels, std::span<float> targets) {
  training(epoch, step, plain(images), labels, targets);
}
std::size_t Batches::evaluation(std::size_t step, std::span<float> images, std::span<int> labels,
                                std::span<float> targets) {
  return evaluation(step, plain(images), labels, targets);
}

void Batches::training(std::size_t epoch, std::size_t step, const kernels::ImageWriter& images,
                       std::span<int> labels, std::span<float> targets) {
  if (step >= steps_per_epoch())
    throw std::invalid_argument(
        fmt::format("batches: step {} of an epoch of {}", step, steps_per_epoch()));
  Rows rows{*data_, normalisation_, table_, image_, batch_, images, labels, targets};
  if (shuffled_epoch_ != epoch) {
    order_ = indices_;
    Random{seed_, "shuffle", epoch}.shuffle(order_);
    shuffled_epoch_ = epoch;
  }
  const auto batch = static_cast<std::size_t>(batch_);
  for (std::size_t row = 0; row < batch; ++row) {
    const std::size_t position = step * batch + row;
    const auto change = detail::draw_change(augmentation_, data_->shape,
                                            Random{seed_, "augment", stream(epoch, position)});
    if (row + 1 < batch) rows.fetch(order_[(position + 1) % order_.size()]);
    rows.write(row, order_[position % order_.size()], change);
  }
}

std::size_t Batches::evaluation_steps() const {
  const auto batch = static_cast<std::size_t>(batch_);
  return (indices_.size() + batch - 1) / batch;
}

std::size_t Batches::evaluation(std::size_t step, const kernels::ImageWriter& images,
                                std::span<int> labels, std::span<float> targets) {
  if (step >= evaluation_steps())
    throw std::invalid_argument(
        fmt::format("batches: evaluation step {} of {}", step, evaluation_steps()));
  Rows rows{*data_, normalisation_, table_, image_, batch_, images, labels, targets};
  const auto batch = static_cast<std::size_t>(batch_);
  const std::size_t first = step * batch;
  const std::size_t count = std::min(batch, indices_.size() - first);
  for (std::size_t row = 0; row < count; ++row) rows.write(row, indices_[first + row], {});
  rows.clear_from(count);
  return count;
}

}  // namespace lamarck::nn
