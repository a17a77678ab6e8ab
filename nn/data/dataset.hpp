// Data sets in memory. Images are kept as the bytes they came as; tables as floats.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nn/architecture.hpp"

namespace lamarck::nn {

/// Examples of one shape with class labels or numeric targets. Either `pixels` or `features` is
/// filled.
struct Dataset {
  std::string name;
  Shape shape;
  int classes = 0;                       ///< 0: regression, see targets
  int target_size = 0;                   ///< numbers an example in `targets`
  std::vector<std::uint8_t> pixels;      ///< {n, c, h, w}
  std::vector<float> features;           ///< {n, c}
  std::vector<int> labels;               ///< in [0, classes)
  std::vector<float> targets;            ///< {n, target_size}
  std::vector<std::string> class_names;  ///< empty, or one a class

  [[nodiscard]] std::size_t size() const {
    return classes > 0 ? labels.size()
                       : (target_size ? targets.size() / static_cast<std::size_t>(target_size) : 0);
  }
  [[nodiscard]] int outputs() const { return classes > 0 ? classes : target_size; }
};

/// What comes with a data set: training images to search on, test images to be read once.
struct TrainTest {
  Dataset train, test;
};

/// A data set that is known by name.
struct DatasetInfo {
  std::string name, description;
  bool needs_files = true;
  std::vector<std::string> files;  ///< under root/<name>/
};
/// What `lamarck data list` prints.
[[nodiscard]] const std::vector<DatasetInfo>& known_datasets();
/// Data sets of the user's own under `root` (folders of IDX or CSV files, CSV files), by name,
/// sorted.
[[nodiscard]] std::vector<std::string> own_datasets(const std::filesystem::path& root);

/// How to read a CSV of numbers.
struct CsvOptions {
  enum class Target {
    automatic,  ///< classes if all are words, or whole numbers of few values; else numbers
    classes,
    numbers
  };
  Target target = Target::automatic;
  std::string column = {};  ///< of the target: its name in the header, or its number from 1; empty:
                            ///< the last
  double test_share =
      0.2;  ///< held out (stratified, seeded) where there is no test file; in (0, 1)
};

struct LoadOptions {
  std::size_t limit = 0;  ///< at most that many training examples, the first ones; 0: all
  CsvOptions csv = {};
};

/// `fashion-mnist`, `mnist` (IDX, plain or gz), `cifar10` (binary batches), `shapes` (generated
/// from `seed`), or the user's own: a folder root/<name>/ that holds the four IDX files under their
/// standard names (`train-images-idx3-ubyte[.gz]`, ...; idx4 for {n, c, h, w}), or `train.csv` and
/// perhaps `test.csv`, or a file root/<name>.csv.
/// \throws ConfigError for an unknown name (with the list), IoError for files that are missing,
///   truncated, swapped or too long, naming the file, what was expected and what was found
[[nodiscard]] TrainTest load_dataset(std::string_view name, const std::filesystem::path& root,
                                     std::uint64_t seed = 0, const LoadOptions& options = {});

}  // namespace lamarck::nn
