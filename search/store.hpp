// The run store: `run.db` (SQLite, WAL) and `weights/<id>.safetensors` in one folder. See
// docs/run-store.md for the tables; they can be queried with `sqlite3` while a run is going on.
//
// Durability: a weight file is synced and renamed before the row that names it is committed; each
// result is one transaction. Kill -9 at any instant loses at most candidates in flight. Thread
// safety: one thread at a time, but read-only stores of other processes are fine.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/journal.hpp"

namespace lamarck::search {

/// A finalist's retraining with one seed.
struct FinalRow {
  std::size_t proposal = 0;
  std::string start;         ///< `scratch` or `inherited`
  int seed = 0;              ///< 0, 1, ...
  Metrics metrics = {};      ///< test_accuracy, test_loss, ...
  std::string weights = {};  ///< file name under the run's folder; empty: see message
  std::string message = {};  ///< why there are no scores: it diverged or failed
};

class Store final : public Journal {
 public:
  static constexpr int kSchema = 1;

  /// A new run folder. `facts` are kept in table run: name, experiment (resolved YAML), version,
  /// cpu, ... `files` are copied into it, by their name there. \throws IoError when it exists and
  /// is not empty, cannot be written, or a file cannot be read; ConfigError never
  [[nodiscard]] static Store create(const std::filesystem::path& folder,
                                    const std::map<std::string, std::string>& facts,
                                    const std::map<std::string, std::filesystem::path>& files = {});
  /// To go on with a run: takes the lock, checks the database, sweeps strays (files no row names,
  /// temporary files). \throws IoError: no run there; read-only; schema unknown; locked by process
  /// N; damaged (what and where). The history is read meanwhile, for history() to give.
  [[nodiscard]] static Store open(const std::filesystem::path& folder);
  /// To look at a run, also while it goes on: no lock, never writes.
  [[nodiscard]] static Store read(const std::filesystem::path& folder);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store() override;

  [[nodiscard]] const std::filesystem::path& folder() const;
  [[nodiscard]] std::optional<std::string> fact(const std::string& key) const;
  [[nodiscard]] std::map<std::string, std::string> facts() const;
  void set_fact(const std::string& key, const std::string& value);
  /// Everything, in one read.
  [[nodiscard]] History history() const;
  /// Whether some process holds the run's lock, and which.
  [[nodiscard]] std::optional<long> locked_by() const;

  void append(const Proposal& proposal) override;
  void append(std::size_t id, const Result& result) override;
  [[nodiscard]] std::filesystem::path weights_path(std::size_t id) const override;
  void keep_weights(const std::vector<std::size_t>& keep) override;

  void append(const FinalRow& row);
  [[nodiscard]] std::vector<FinalRow> finals() const;
  /// Path for a finalist's weights, relative to folder(): `finals/<id>-<start>-<seed>.safetensors`.
  [[nodiscard]] std::filesystem::path final_weights_path(std::size_t proposal,
                                                         const std::string& start, int seed) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lamarck::search
