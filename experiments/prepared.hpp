// Data, split and space of an experiment, ready to run.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiments/config/experiment.hpp"
#include "nn/formats/safetensors.hpp"
#include "search/training_evaluator.hpp"

namespace lamarck::experiments {

/// `--data-root`, else LAMARCK_DATA, else `data.root` of the experiment, else `data`.
[[nodiscard]] std::filesystem::path data_root(const std::string& flag,
                                              const std::string& configured);

/// A loaded data set with its split. The test images are here, but nothing that searches is given
/// them.
struct PreparedData {
  nn::TrainTest sets;
  std::uint64_t seed = 0;           ///< that generated data and splits were made from
  nn::LoadOptions load;             ///< how it was read
  nn::Split split;                  ///< of sets.train
  nn::Normalisation normalisation;  ///< from split.train

  [[nodiscard]] nn::TrainData for_search() const;
  /// The whole training set, no validation.
  [[nodiscard]] nn::TrainData for_finals() const;
};
/// \throws ConfigError, IoError as load_dataset and stratified_split
[[nodiscard]] std::unique_ptr<PreparedData> prepare_data(const DataConfig& config,
                                                         const std::filesystem::path& root,
                                                         std::uint64_t seed);

/// The networks that the search starts from. \throws ConfigError where one does not fit the data,
/// naming the start
[[nodiscard]] std::vector<nn::Architecture> start_architectures(const SpaceConfig& config,
                                                                const nn::Dataset& data);
[[nodiscard]] std::unique_ptr<search::Space> make_space(const Experiment& experiment,
                                                        const nn::Dataset& data);

/// \throws ConfigError for an objective that no candidate can be scored by: an accuracy of numbers,
/// an R2 of classes
void check_objectives(const search::Objectives& objectives, const nn::Dataset& data);
/// Equal for equal images, labels and targets (training and test): a run notices when its data set
/// is another one than it began with.
[[nodiscard]] std::string fingerprint(const nn::TrainTest& sets);

/// Which examples a split keeps from training, as text: equal for the same examples; `none`.
[[nodiscard]] std::string held_out(const nn::Split& split);
/// What a model file must say so that it can be used without the experiment: the data set and how
/// it was read, what was held out of it, normalisation and class names. `whole`: the model is
/// trained on all training examples.
[[nodiscard]] nn::Metadata data_metadata(const PreparedData& data, bool whole = false);
/// How the data set was read that a model file names.
[[nodiscard]] nn::LoadOptions load_options_in(const nn::Metadata& metadata);
/// The normalisation kept in a model file, or nothing.
[[nodiscard]] std::optional<nn::Normalisation> normalisation_in(const nn::Metadata& metadata);

/// Workers that this machine and experiment allow: never more threads than cores unless asked.
/// \throws ConfigError where the experiment asks for more
[[nodiscard]] int worker_count(const Experiment& experiment);
/// How many finalists are retrained at once: as many as keep the threads of all workers busy.
/// \throws ConfigError where there are any, and one alone asks for more threads than there are
/// cores
[[nodiscard]] int finalists_at_once(const Experiment& experiment);

/// Whether every start can be trained by all workers at once, as a candidate and as a finalist,
/// before anything is.
/// \throws IoError naming the start and what it needs
void check_memory(const Experiment& experiment, const PreparedData& data);

}  // namespace lamarck::experiments
