#include "nn/data/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "kernels/error.hpp"
#include "nn/data/cifar.hpp"
#include "nn/data/csv.hpp"
#include "nn/data/idx.hpp"
#include "nn/data/shapes.hpp"

namespace lamarck::nn {
namespace {

namespace fs = std::filesystem;

struct Known {
  DatasetInfo info;
  std::vector<std::string> class_names;
  TrainTest (*load)(const fs::path& folder, std::uint64_t seed);
};

TrainTest load_ten_classes(const fs::path& folder, std::uint64_t) { return load_idx(folder, 10); }

/// Adding a data set is adding a row.
const std::vector<Known>& table() {
  static const std::vector<std::string> idx_files{
      "train-images-idx3-ubyte[.gz]", "train-labels-idx1-ubyte[.gz]", "t10k-images-idx3-ubyte[.gz]",
      "t10k-labels-idx1-ubyte[.gz]"};
  static const std::vector<Known> rows{
      {{"fashion-mnist", "70,000 grey 28x28 images of clothes, 10 classes (IDX)", true, idx_files},
       {"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "ankle boot"},
       load_ten_classes},
      {{"mnist", "70,000 grey 28x28 images of digits, 10 classes (IDX)", true, idx_files},
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
       load_ten_classes},
      {{"cifar10",
        "60,000 colour 32x32 images, 10 classes (binary batches)",
        true,
        {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
         "data_batch_5.bin", "test_batch.bin"}},
       {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
       [](const fs::path& folder, std::uint64_t) { return load_cifar10(folder); }},
      {{"shapes", "8,000 generated grey 20x20 images of figures, 10 classes (no files)", false, {}},
       {},
       [](const fs::path&, std::uint64_t seed) { return make_shapes(seed); }}};
  return rows;
}

std::optional<TrainTest> load_own(const fs::path& root, const std::string& name, std::uint64_t seed,
                                  const LoadOptions& options) {
  const fs::path folder = root / name;
  if (holds_idx(folder)) return load_idx(folder);
  if (fs::exists(folder / "train.csv")) {
    std::optional<fs::path> test;
    if (fs::exists(folder / "test.csv")) test = folder / "test.csv";
    return load_csv(folder / "train.csv", test, options.csv, seed);
  }
  const fs::path file = root / (name + ".csv");
  if (fs::exists(file)) return load_csv(file, {}, options.csv, seed);
  return std::nullopt;
}

[[noreturn]] void unknown(std::string_view name, const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& row : table()) names.push_back(row.info.name);
  const auto own = own_datasets(root);
  names.insert(names.end(), own.begin(), own.end());
  throw ConfigError(fmt::format(
      "unknown data set '{}': expected one of {}, or a folder '{}' with IDX files or train.csv, or "
      "'{}.csv'",
      name, fmt::join(names, ", "), (root / name).string(), (root / name).string()));
}

/// Keeps the first `limit` examples.
void truncate(Dataset& data, std::size_t limit) {
  if (limit == 0 || limit >= data.size()) return;
  const auto each = static_cast<std::size_t>(data.shape.elements());
  if (!data.pixels.empty()) data.pixels.resize(limit * each);
  if (!data.features.empty()) data.features.resize(limit * each);
  if (data.classes > 0)
    data.labels.resize(limit);
  else
    data.targets.resize(limit * static_cast<std::size_t>(data.target_size));
}

}  // namespace

const std::vector<DatasetInfo>& known_datasets() {
  static const std::vector<DatasetInfo> infos = [] {
    std::vector<DatasetInfo> list;
    for (const auto& row : table()) list.push_back(row.info);
    return list;
  }();
  return infos;
}

std::vector<std::string> own_datasets(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;  // a root that is absent or unreadable holds none
  for (fs::directory_iterator at{root, error}, end; !error && at != end; at.increment(error)) {
    const bool folder = at->is_directory(error);
    const bool csv = !folder && at->path().extension() == ".csv";
    if (folder && (holds_idx(at->path()) || fs::exists(at->path() / "train.csv")))
      names.push_back(at->path().filename().string());
    if (csv) names.push_back(at->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  const auto known = [](const std::string& name) {
    return std::any_of(table().begin(), table().end(),
                       [&](const Known& row) { return row.info.name == name; });
  };
  names.erase(std::remove_if(names.begin(), names.end(), known), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

TrainTest load_dataset(std::string_view name, const fs::path& root, std::uint64_t seed,
                       const LoadOptions& options) {
  const auto row = std::find_if(table().begin(), table().end(),
                                [&](const Known& known) { return known.info.name == name; });
  TrainTest data;
  std::vector<std::string> class_names;
  if (row != table().end()) {
    data = row->load(root / name, seed);
    class_names = row->class_names;
  } else {
    auto own = name.empty() ? std::nullopt : load_own(root, std::string{name}, seed, options);
    if (!own) unknown(name, root);
    data = std::move(*own);
  }
  for (Dataset* part : {&data.train, &data.test}) {
    part->name = name;
    if (!class_names.empty()) part->class_names = class_names;
  }
  truncate(data.train, options.limit);
  return data;
}

}  // namespace lamarck::nn
