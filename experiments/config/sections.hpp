// One reader a section of the experiment's YAML; `key absent` leaves the default as it is.
#pragma once
#include "experiments/config/experiment.hpp"

namespace lamarck::experiments {

inline constexpr std::int64_t kMaxSeed =
    (1LL << 53) - 1;  ///< what every YAML and JSON reader keeps exactly

void read_data(const nn::YamlNode& node, DataConfig& data, nn::Augmentation& augment);
/// `metrics`: those that candidates will have; those that training measures where it is empty.
void read_objectives(const nn::YamlNode& node, search::Objectives& objectives,
                     const std::vector<std::string>& metrics = {});
void read_limits(const nn::YamlNode& node, search::Limits& limits);
void read_space(const nn::YamlNode& node, const std::filesystem::path& folder, SpaceConfig& space);
/// `space.start`: one network or a list. `folder`: where relative files are looked for.
[[nodiscard]] std::vector<Start> read_starts(const nn::YamlNode& node,
                                             const std::filesystem::path& folder);
/// `{run: FOLDER, most: 3}`: genomes of the front of a run on a table, or of its candidates `id`.
[[nodiscard]] std::vector<std::string> read_run_genomes(const nn::YamlNode& node);
void read_search(const nn::YamlNode& node, SearchConfig& search, search::Objectives& objectives);
/// `extra`: keys of the section that its caller reads.
void read_train(const nn::YamlNode& node, nn::TrainOptions& train, nn::InitOptions& init,
                const std::vector<std::string>& extra = {});
void read_final(const nn::YamlNode& node, FinalConfig& final);
void read_parallel(const nn::YamlNode& node, ParallelConfig& parallel);

/// `[crop: {pad: 2}, flip, erase: {share: 0.25}]`
[[nodiscard]] nn::Augmentation read_augment(const nn::YamlNode& node);
[[nodiscard]] nn::OptimizerOptions read_optimizer(const nn::YamlNode& node,
                                                  nn::OptimizerOptions options);
[[nodiscard]] nn::Schedule read_schedule(const nn::YamlNode& node, nn::Schedule schedule);

/// What `precision: auto` means on this CPU.
[[nodiscard]] kernels::DataType automatic_precision();

/// A choice with options: `sgd` or `sgd: {rate: 0.1}`. The name, checked, and the map of options
/// where there is one.
struct NamedOptions {
  std::string name;
  std::optional<nn::YamlNode> options;
};
[[nodiscard]] NamedOptions read_named(const nn::YamlNode& node,
                                      const std::vector<std::string>& names);

// Sets `target` where the key is there.
template <class T>
void set_integer(const nn::YamlNode& map, std::string_view key, T& target, std::int64_t low,
                 std::int64_t high) {
  if (const auto value = map.find(key)) target = static_cast<T>(value->integer(low, high));
}
inline void set_number(const nn::YamlNode& map, std::string_view key, double& target, double low,
                       double high) {
  if (const auto value = map.find(key)) target = value->number(low, high);
}
inline void set_boolean(const nn::YamlNode& map, std::string_view key, bool& target) {
  if (const auto value = map.find(key)) target = value->boolean();
}

}  // namespace lamarck::experiments
