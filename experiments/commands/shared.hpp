// What several commands share: opening a run to look at it, printing JSON, candidate ids.
#pragma once
#include <filesystem>
#include <string>

#include "experiments/commands/command.hpp"
#include "experiments/run.hpp"
#include "experiments/summary.hpp"
#include "search/store.hpp"

namespace lamarck::experiments {

/// A run as it stands, read without a lock.
struct RunReader {
  search::Store store;
  Experiment experiment;
  search::History history;
  Front front;
};
[[nodiscard]] RunReader read_run(const std::filesystem::path& folder);

/// `17` or `#17` as a candidate of this run. \throws ConfigError where it is none
[[nodiscard]] std::size_t candidate_id(const std::string& text, const search::History& history);
/// The candidate named as argument `index`, else the best of the front. \throws ConfigError where
/// there is neither
[[nodiscard]] std::size_t candidate_or_best(const Arguments& arguments, std::size_t index,
                                            const RunReader& run);
/// The weights that stand for a candidate: its finalist's (first start, first seed), else those of
/// the search. \throws IoError where neither is kept
[[nodiscard]] std::filesystem::path best_weights(const RunReader& run, std::size_t id);

/// --json and --data-root as every command words them.
[[nodiscard]] Option json_option();
[[nodiscard]] Option data_root_option();
[[nodiscard]] Option set_option();
/// Loads an experiment file and applies every --set.
[[nodiscard]] nn::YamlNode load_with_overrides(const std::string& file, const Arguments& arguments);

/// Searches in `store` with the live line, then prints the front. \returns an ExitCode
int search_and_report(Experiment experiment, const Arguments& arguments,
                      const std::filesystem::path& folder, bool create);
/// The table of a front, as `front` prints it.
[[nodiscard]] std::string front_text(const Front& front);

}  // namespace lamarck::experiments
