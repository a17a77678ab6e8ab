#include "nn/formats/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "kernels/error.hpp"

namespace lamarck::nn {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view doing, int error) {
  throw IoError(
      fmt::format("{}: {}: {}", file.string(), doing, std::generic_category().message(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  /// 0, or the error: closing is where some file systems report a full disk.
  [[nodiscard]] int close() {
    const int result = ::close(number_) == 0 ? 0 : errno;
    number_ = -1;
    return result;
  }

 private:
  int number_;
};

/// Removes the file unless it was kept.
class Temporary {
 public:
  explicit Temporary(std::filesystem::path path) : path_{std::move(path)} {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!kept_) ::unlink(path_.c_str());
  }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

std::filesystem::path temporary_name(const std::filesystem::path& file) {
  static std::atomic<unsigned> serial{0};  // so that two threads never share a name
  return file.string() + fmt::format(".tmp-{}-{}", ::getpid(), serial++);
}

/// 0, or the error.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  const Descriptor descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // Some file systems cannot sync a folder (EINVAL); the rename is then as safe as it gets.
  if (descriptor.number() < 0 || (::fsync(descriptor.number()) != 0 && errno != EINVAL))
    fail(file, "syncing its folder", errno);
}

/// To a device or a pipe, which nothing may replace.
void write_directly(const std::filesystem::path& file, std::string_view bytes) {
  Descriptor descriptor{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (descriptor.number() < 0) fail(file, "opening", errno);
  if (const int error = write_all(descriptor.number(), bytes)) fail(file, "writing", error);
  if (const int error = descriptor.close()) fail(file, "closing", error);
}

/// What a chain of links leads to, also where it is not there yet.
std::filesystem::path end_of_links(std::filesystem::path file) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::error_code none;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, none); ++i)
    file = file.parent_path() / std::filesystem::read_symlink(file, none);
  return file;
}

}  // namespace

void write_file_atomically(const std::filesystem::path& named, std::string_view bytes) {
  std::error_code none;
  const auto kind = std::filesystem::status(named, none).type();  // of what a link points to
  using Type = std::filesystem::file_type;
  if (kind == Type::character || kind == Type::block || kind == Type::fifo || kind == Type::socket)
    return write_directly(named, bytes);
  const auto file = end_of_links(named);
  const auto name = temporary_name(file);
  constexpr mode_t kMode = 0666;  // less the process's mask
  Descriptor descriptor{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode)};
  if (descriptor.number() < 0) fail(file, "creating", errno);
  Temporary temporary{name};
  if (const int error = write_all(descriptor.number(), bytes)) fail(file, "writing", error);
  if (::fsync(descriptor.number()) != 0) fail(file, "syncing", errno);
  if (const int error = descriptor.close()) fail(file, "closing", error);
  if (::rename(name.c_str(), file.c_str()) != 0) fail(file, "renaming into place", errno);
  temporary.keep();
  sync_folder(file);
}

std::string read_file(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.number() < 0) fail(file, "opening", errno);
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) fail(file, "reading", errno);
  const auto too_long = [&] {
    throw IoError(fmt::format("{}: longer than {} bytes", file.string(), limit));
  };
  const bool regular = S_ISREG(status.st_mode);
  if (regular && static_cast<std::uintmax_t>(status.st_size) > limit) too_long();

  constexpr std::size_t kChunk = std::size_t{1} << 16;
  std::string bytes(regular ? static_cast<std::size_t>(status.st_size) : 0, '\0');
  std::size_t filled = 0;
  for (;;) {  // until the end, which may be further than the size said
    if (filled == bytes.size()) bytes.resize(filled + kChunk);
    const ssize_t count = ::read(descriptor.number(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(file, "reading", errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > limit) too_long();
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace lamarck::nn
