// The `data` section: what to learn from.
#include "experiments/config/sections.hpp"

namespace lamarck::experiments {

nn::Augmentation read_augment(const nn::YamlNode& node) {
  nn::Augmentation augment;
  if (node.is_scalar() && node.text() == "none") return augment;
  for (const auto& item : node.items()) {
    const auto [kind, options] = read_named(item, {"crop", "flip", "erase"});
    if (kind == "flip") {
      if (options) item.fail("flip takes no options");
      augment.flip = true;
    } else if (kind == "crop") {
      augment.crop_pad = 2;
      if (!options) continue;
      options->only_keys({"pad"});
      set_integer(*options, "pad", augment.crop_pad, 1, 64);
    } else {
      augment.erase = 0.5;
      if (!options) continue;
      options->only_keys({"probability", "least", "share"});
      set_number(*options, "probability", augment.erase, 0, 1);
      set_number(*options, "least", augment.erase_min, 0, 1);
      set_number(*options, "share", augment.erase_max, 0, 1);
      if (augment.erase_min > augment.erase_max) options->fail("least must not be above share");
    }
  }
  return augment;
}

void read_data(const nn::YamlNode& node, DataConfig& data, nn::Augmentation& augment) {
  node.only_keys({"dataset", "root", "validation", "split", "limit", "augment", "csv"});
  if (const auto name = node.find("dataset")) data.dataset = name->text();
  if (const auto root = node.find("root")) data.root = root->text();
  set_integer(node, "validation", data.validation, 1, 1'000'000'000);
  if (const auto split = node.find("split")) {
    data.hold_out_last = split->is_scalar() && split->text() == "last";
    if (!data.hold_out_last) data.split = static_cast<std::uint64_t>(split->integer(0, kMaxSeed));
  }
  set_integer(node, "limit", data.load.limit, 0, 1'000'000'000);
  if (const auto list = node.find("augment")) augment = read_augment(*list);
  if (const auto csv = node.find("csv")) {
    csv->only_keys({"target", "kind", "test_share"});
    nn::CsvOptions& options = data.load.csv;
    if (const auto target = csv->find("target")) options.column = target->text();
    if (const auto kind = csv->find("kind")) {
      const std::string word = kind->choice({"auto", "class", "number"});
      using Target = nn::CsvOptions::Target;
      options.target = word == "auto"    ? Target::automatic
                       : word == "class" ? Target::classes
                                         : Target::numbers;
    }
    set_number(*csv, "test_share", options.test_share, 0.001, 0.9);
  }
}

}  // namespace lamarck::experiments
