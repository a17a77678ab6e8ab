// One process drives a run: an exclusive lock on `run.lock`, which the kernel gives back when the
// process ends, however.
#pragma once
#include <filesystem>
#include <optional>

namespace lamarck::search::detail {

class RunLock {
 public:
  /// \throws IoError `... is driven by process N`, or where the file cannot be made
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  /// The process that holds it, if one does.
  [[nodiscard]] static std::optional<long> holder(const std::filesystem::path& folder);

 private:
  int descriptor_ = -1;
};

}  // namespace lamarck::search::detail
