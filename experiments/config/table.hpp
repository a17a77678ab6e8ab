// The sections of an experiment that searches a table: a space of kind `choice` and the evaluator
// `table`. docs/tables.md describes them.
//
// Thread safety: values and pure functions.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nn/formats/yaml.hpp"
#include "search/choice_space.hpp"
#include "search/objectives.hpp"
#include "search/table.hpp"

namespace lamarck::experiments {

struct TableConfig {
  std::vector<search::SlotGroup> groups;
  std::optional<std::string> separator = {};
  std::vector<std::string> starts = {};  ///< genomes
  search::Crossing crossing = search::Crossing::uniform;
  std::vector<search::CostLimit> limits = {};
  std::string file;  ///< under the data root, unless absolute
  search::TableFormat format = {};
  int epochs = 0;  ///< of the learning curves; 0: all

  [[nodiscard]] search::Slots slots() const { return search::Slots{groups, separator}; }
};

/// Whether an experiment's `space` is one of choices.
[[nodiscard]] bool is_choice_space(const nn::YamlNode& root);
/// `space`, `limits` and `evaluator`. `folder`: where a table `./file` is looked for.
/// \throws ConfigError with the place
[[nodiscard]] TableConfig read_table_config(const nn::YamlNode& root,
                                            const std::filesystem::path& folder);
/// The same three sections, which read back as the same.
[[nodiscard]] std::string to_yaml(const TableConfig& config);

/// A table and the space over it.
struct LoadedTable {
  std::shared_ptr<const search::Table> table;
  std::unique_ptr<search::Space> space;
  std::string fingerprint;  ///< of the file
};
/// \throws IoError, ConfigError as Table::load and make_choice_space; ConfigError where an
/// objective to be maximised goes above 1, its ideal
[[nodiscard]] LoadedTable load_table(const TableConfig& config,
                                     const search::Objectives& objectives,
                                     const std::filesystem::path& data_root);

}  // namespace lamarck::experiments
