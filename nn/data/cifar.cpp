#include "nn/data/cifar.hpp"

#include <fmt/format.h>

#include <string>

#include "nn/data/detail/reader.hpp"

namespace lamarck::nn {
namespace {

constexpr Shape kShape{3, 32, 32};
constexpr std::size_t kPixels = 3072, kRecord = 1 + kPixels;
constexpr int kClasses = 10;

void append(Dataset& data, const std::filesystem::path& file, std::size_t records) {
  detail::Reader reader{file};
  std::vector<std::uint8_t> bytes(kRecord * records + 1);  // one more, to notice a longer file
  bytes.resize(reader.read(bytes));
  if (bytes.size() != kRecord * records)
    reader.fail(fmt::format(
        "expected {} records of {} bytes, which are {} bytes, found {}", records, kRecord,
        kRecord * records,
        bytes.size() > kRecord * records ? "more" : fmt::format("{} (truncated?)", bytes.size())));
  for (std::size_t at = 0; at < bytes.size(); at += kRecord) {
    const int label = bytes[at];
    if (label >= kClasses)
      reader.fail(fmt::format("label {} of record {}: expected 0 to {}", label, at / kRecord,
                              kClasses - 1));
    data.labels.push_back(label);
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    data.pixels.insert(data.pixels.end(), first, first + kPixels);
  }
}

}  // namespace

Dataset read_cifar(const std::vector<std::filesystem::path>& files, std::size_t records) {
  Dataset data;
  data.shape = kShape;
  data.classes = kClasses;
  data.pixels.reserve(files.size() * records * kPixels);
  for (const auto& file : files) append(data, file, records);
  return data;
}

TrainTest load_cifar10(const std::filesystem::path& folder, std::size_t records) {
  std::vector<std::filesystem::path> batches;
  for (int i = 1; i <= 5; ++i) batches.push_back(folder / fmt::format("data_batch_{}.bin", i));
  return {.train = read_cifar(batches, records),
          .test = read_cifar({folder / "test_batch.bin"}, records)};
}

}  // namespace lamarck::nn
