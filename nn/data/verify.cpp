#include "nn/data/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/error.hpp"
#include "nn/data/dataset.hpp"
#include "nn/data/detail/reader.hpp"

namespace lamarck::nn {
namespace {

struct Published {
  std::string_view set, file;
  std::uint64_t bytes;
  std::uint32_t crc;
};
constexpr std::array kPublished{
    Published{"fashion-mnist", "train-images-idx3-ubyte", 47040016, 0xb4f29f28},
    Published{"fashion-mnist", "train-labels-idx1-ubyte", 60008, 0x741a4657},
    Published{"fashion-mnist", "t10k-images-idx3-ubyte", 7840016, 0x678fe0b1},
    Published{"fashion-mnist", "t10k-labels-idx1-ubyte", 10008, 0x80142c1f},
    Published{"mnist", "train-images-idx3-ubyte", 47040016, 0xe9f4d8b3},
    Published{"mnist", "train-labels-idx1-ubyte", 60008, 0xe0cb4ad2},
    Published{"mnist", "t10k-images-idx3-ubyte", 7840016, 0x91373bdf},
    Published{"mnist", "t10k-labels-idx1-ubyte", 10008, 0x4ab9eff9},
    Published{"cifar10", "data_batch_1.bin", 30730000, 0xb3220c1f},
    Published{"cifar10", "data_batch_2.bin", 30730000, 0xc439a348},
    Published{"cifar10", "data_batch_3.bin", 30730000, 0x8c6f54f0},
    Published{"cifar10", "data_batch_4.bin", 30730000, 0x6a83637e},
    Published{"cifar10", "data_batch_5.bin", 30730000, 0x2f355afd},
    Published{"cifar10", "test_batch.bin", 30730000, 0x19777d49}};

std::string without_prefix(std::string message, const std::string& file) {
  const std::string prefix = file + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

FileCheck check(const std::filesystem::path& file, const Published* published) {
  FileCheck result{.file = file.string()};
  try {
    const detail::Fingerprint found = detail::fingerprint(file);
    result.message = fmt::format("{} bytes, crc32 {:08x}", found.bytes, found.crc);
    result.ok = !published || (found.bytes == published->bytes && found.crc == published->crc);
    if (!result.ok)
      result.message = fmt::format("expected {} bytes, crc32 {:08x}; found {}", published->bytes,
                                   published->crc, result.message);
  } catch (const IoError& error) {
    result.message = without_prefix(error.what(), result.file);
  }
  return result;
}

std::vector<std::filesystem::path> own_files(const std::filesystem::path& root,
                                             const std::string& name) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(root / name)) {
    for (const auto& entry : std::filesystem::directory_iterator(root / name)) {
      const std::string file = entry.path().filename().string();
      if (entry.is_regular_file() &&
          (file.find("-ubyte") != std::string::npos || file == "train.csv" || file == "test.csv"))
        files.push_back(entry.path());
    }
  } else {
    files.push_back(root / (name + ".csv"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The whole set must load, too: counts, shapes and labels that meet.
FileCheck check_whole(const std::string& name, const std::filesystem::path& root) {
  FileCheck result{.file = (root / name).string()};
  try {
    const TrainTest data = load_dataset(name, root);
    result.ok = true;
    result.message = fmt::format(
        "{} training and {} test examples, {}", data.train.size(), data.test.size(),
        data.train.classes > 0 ? fmt::format("{} classes", data.train.classes)
                               : fmt::format("{} numeric targets", data.train.target_size));
  } catch (const std::runtime_error& error) {  // IoError, ConfigError
    result.message = error.what();
  }
  return result;
}

}  // namespace

std::vector<FileCheck> verify_dataset(std::string_view name, const std::filesystem::path& root) {
  std::vector<FileCheck> checks;
  const auto& known = known_datasets();
  const auto info = std::find_if(known.begin(), known.end(),
                                 [&](const DatasetInfo& each) { return each.name == name; });
  if (info != known.end()) {
    for (const Published& each : kPublished)
      if (each.set == name)
        checks.push_back(check(detail::plain_or_gz(root / name, std::string{each.file}), &each));
    return checks;
  }
  const std::string own{name};
  const auto names = own_datasets(root);
  if (std::find(names.begin(), names.end(), own) == names.end())
    static_cast<void>(load_dataset(own, root));  // says which names there are
  for (const auto& file : own_files(root, own)) checks.push_back(check(file, nullptr));
  checks.push_back(check_whole(own, root));
  return checks;
}

}  // namespace lamarck::nn
