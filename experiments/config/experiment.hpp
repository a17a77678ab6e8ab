// An experiment: all that a search depends on, read from YAML with every key checked. Equal
// experiments give equal histories on one kind of machine, but for `stop.minutes`. What only
// concerns the machine is kept apart: `data.root`, `parallel.workers` and `oversubscribe`.
// (`parallel.threads_per_candidate` changes the order of sums, and with it the last bits.)
//
// Thread safety: values.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/table.hpp"
#include "nn/data/dataset.hpp"
#include "nn/formats/yaml.hpp"
#include "nn/training/train.hpp"
#include "search/cnn_space.hpp"
#include "search/methods.hpp"
#include "search/objectives.hpp"

namespace lamarck::experiments {

struct DataConfig {
  std::string dataset = "shapes";
  std::string root;                    ///< `data.root`; empty: not given
  std::size_t validation = 0;          ///< examples held out of the training set; 0: a sixth of it
  std::optional<std::uint64_t> split;  ///< seed of what is held out; none: the experiment's
  bool hold_out_last = false;          ///< `split: last`: no seed, the last ones as they stand
  nn::LoadOptions load;                ///< `limit`, and how to read CSV files
};

/// A model file that a start's weights come from.
struct StartWeights {
  std::string file;              ///< as the experiment says it
  std::filesystem::path folder;  ///< what a relative one is relative to
  std::string hash;              ///< of the file's bytes when it was named
  [[nodiscard]] std::filesystem::path path() const { return folder / file; }
};

/// A network to start from: a built-in by name, or an architecture that came from a file, from
/// another run, or stood in the experiment.
struct Start {
  std::string name;  ///< `small-plain`, `nets/mine.yaml`, `runs/other #17` or `space.start[0]`
  std::optional<nn::Architecture> architecture =
      {};  ///< none: built in, made once the data's shape is known
  std::optional<StartWeights> weights = {};  ///< none: it is trained from scratch
  std::string place = {};                    ///< `run.yaml:5:7: space.start[0]`, for complaints
};

struct SpaceConfig {
  std::vector<Start> starts;
  std::map<std::string, double> edits;
  search::Limits limits;
  nn::SiteOptions sites;
  int random_steps = 12;
};

/// Each proposal is the best of several by a zero-cost proxy.
struct PrescreenConfig {
  std::string proxy;  ///< of nn::proxy_kinds()
  int of = 4;         ///< suggestions looked at
  int batch = 64;     ///< images that the proxy is computed on
};

/// Candidates begin with few epochs; the better ones go on to `train.epochs`.
struct HalvingConfig {
  int least = 1;  ///< epochs of a new candidate
  double eta = 3;
  bool asynchronous = true;
  int bracket = 0;  ///< synchronous: how many begin together; 0: as many as leave one at the top
};

struct SearchConfig {
  search::MethodOptions method;
  std::optional<PrescreenConfig> prescreen = {};
  std::optional<HalvingConfig> halving = {};
  std::size_t evaluations = 100;
  std::size_t epochs = 0;  ///< of all evaluations; 0: no limit
  std::size_t lookahead = 8;
  bool inherit = true;
  int start_epochs = 0;  ///< of starts without weights; 0: as many as any candidate
  std::size_t quick_examples = 1000;
  double dismiss =
      0.5;  ///< below this share of their parents' quick score children are not trained
};

/// Retraining of a few members of the front on all training images, tested once.
struct FinalConfig {
  int choose = 3;  ///< so many along the front; 0: no finalists
  /// Where not empty, `choose` of them: of each the best by the first objective that keeps it.
  std::vector<search::Limits> best_within = {};
  int seeds = 2;
  /// `inherited`, `scratch` or both; the first is the one that the front shows and export gives.
  std::vector<std::string> start{"inherited"};
  nn::TrainOptions train = {};  ///< that of the candidates but for what `final` overrides
};

struct ParallelConfig {
  int workers = 0;  ///< 0: as many as the cores allow
  int threads_per_candidate = 1;
  bool oversubscribe = false;  ///< allow more threads than cores
};

struct Experiment {
  std::string name = "experiment";
  std::uint64_t seed = 1;
  DataConfig data;
  search::Objectives objectives;
  SpaceConfig space;
  /// Searches a table instead of training networks; then of `data` only the root counts, and
  /// `train` and `final` nothing.
  std::optional<TableConfig> table;
  SearchConfig search;
  nn::TrainOptions train;
  nn::InitOptions init;
  FinalConfig final;
  ParallelConfig parallel;
  double minutes = 0;       ///< `stop.minutes`; 0: no limit
  std::size_t stalled = 0;  ///< `stop.stalled`; 0: no such end
};

/// `folder`: where relative files in `space.start` are looked for.
/// \throws ConfigError `file:line:column: path.key: ...`; IoError for a start file that cannot be
/// read
[[nodiscard]] Experiment read_experiment(const nn::YamlNode& root,
                                         const std::filesystem::path& folder);

/// The whole experiment with every default written out and files put in their place; reads back as
/// the same experiment.
[[nodiscard]] std::string to_yaml(const Experiment& experiment);

/// The edits that are used where the experiment names none, with their weights.
[[nodiscard]] const std::map<std::string, double>& default_edits();

}  // namespace lamarck::experiments
