// Reading a data file, plain or gz, as a stream of bytes with an upper bound on memory.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn::detail {

/// More than this in one file is refused before anything is allocated.
inline constexpr std::uint64_t kMostBytes = 4ULL << 30;

/// One file from its beginning; gz is recognised by its content. Every error names the file.
class Reader {
 public:
  /// \throws IoError where it is missing or cannot be read
  explicit Reader(const std::filesystem::path& file);

  /// The next up to `bytes.size()` bytes; fewer at the end. \throws IoError for a damaged or
  /// truncated gz
  std::size_t read(std::span<std::uint8_t> bytes);
  /// Exactly `count` bytes. Memory grows with what is there, so a header that promises too much
  /// costs nothing. \throws IoError saying how many of `what` were expected and found, or for a
  /// count above kMostBytes or more than the file can hold
  std::vector<std::uint8_t> take(std::uint64_t count, std::string_view what);
  /// \throws IoError where bytes are left
  void expect_end();

  /// Throws IoError `file: message`.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  struct Closer {
    void operator()(void* stream) const;
  };
  std::string name_;
  std::uint64_t file_size_ = 0;
  std::uint64_t position_ = 0;
  std::unique_ptr<void, Closer> stream_;  ///< a gzFile, which reads plain files as they are
};

/// Length and CRC-32 of a file's content (of a gz: of what it unpacks to).
struct Fingerprint {
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
};
[[nodiscard]] Fingerprint fingerprint(const std::filesystem::path& file);

/// `stem` or `stem.gz` in `folder`; `stem` where neither is there.
[[nodiscard]] std::filesystem::path plain_or_gz(const std::filesystem::path& folder,
                                                const std::string& stem);

}  // namespace lamarck::nn::detail
