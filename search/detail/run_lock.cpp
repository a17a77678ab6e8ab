#include "search/detail/run_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "kernels/error.hpp"

namespace lamarck::search::detail {
namespace {

std::string lock_file(const std::filesystem::path& folder) {
  return (folder / "run.lock").string();
}

// Locks of the open file rather than of the process: two stores in one process exclude each other,
// and whoever asks need not take one, in whose way a run could come.
struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

long written_pid(int descriptor) {
  char text[32] = {};
  if (pread(descriptor, text, sizeof text - 1, 0) <= 0) return 0;
  return std::strtol(text, nullptr, 10);
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  descriptor_ = open(lock_file(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw IoError(lock_file(folder) + ": " + std::strerror(errno));
  struct flock lock = whole_file(F_WRLCK);
  if (fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
    const long pid = written_pid(descriptor_);
    close(descriptor_);
    throw IoError(folder.string() + ": the run is driven by process " + std::to_string(pid) +
                  " at this moment; wait for it or stop it first");
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  // Best effort: the lock itself is what counts, the number is for people.
  if (ftruncate(descriptor_, 0) == 0 && pwrite(descriptor_, pid.data(), pid.size(), 0) < 0) return;
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<long> RunLock::holder(const std::filesystem::path& folder) {
  const int descriptor = open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  std::optional<long> holder;
  struct flock lock = whole_file(F_RDLCK);
  if (fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
    holder = written_pid(descriptor);
  close(descriptor);
  return holder;
}

}  // namespace lamarck::search::detail
