#include "nn/data/detail/reader.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernels/error.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr std::size_t kChunk = 1U << 20;
constexpr std::uint64_t kMostDeflateRatio = 1032;  // of RFC 1951: 258 bytes from two bits

gzFile gz(void* stream) { return static_cast<gzFile>(stream); }

}  // namespace

void Reader::Closer::operator()(void* stream) const { gzclose(gz(stream)); }

Reader::Reader(const std::filesystem::path& file) : name_{file.string()} {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status))
    fail("no such file (`lamarck data list` shows the files each data set needs)");
  if (!std::filesystem::is_regular_file(status)) fail("is not a regular file");
  file_size_ = std::filesystem::file_size(file, error);
  errno = 0;
  stream_.reset(gzopen(file.c_str(), "rb"));
  if (!stream_) fail(fmt::format("cannot be opened: {}", std::strerror(errno ? errno : ENOMEM)));
  gzbuffer(gz(stream_.get()), 1U << 17);
}

std::size_t Reader::read(std::span<std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto want = static_cast<unsigned>(std::min(bytes.size() - done, kChunk));
    const int got = gzread(gz(stream_.get()), bytes.data() + done, want);
    int code = Z_OK;
    const char* text = gzerror(gz(stream_.get()), &code);
    if (code == Z_BUF_ERROR)
      fail(fmt::format("truncated gz after {} bytes of content", position_ + done));
    if (got < 0 || code != Z_OK)
      fail(code == Z_ERRNO ? fmt::format("cannot be read: {}", std::strerror(errno))
                           : fmt::format("damaged gz ({})", text));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  position_ += done;
  return done;
}

std::vector<std::uint8_t> Reader::take(std::uint64_t count, std::string_view what) {
  const bool packed = gzdirect(gz(stream_.get())) == 0;
  const std::uint64_t most = packed ? file_size_ * kMostDeflateRatio : file_size_ - position_;
  if (count > kMostBytes)
    fail(fmt::format("promises {} bytes of {}; at most {} are read", count, what, kMostBytes));
  if (count > most)
    fail(fmt::format("truncated: expected {} bytes of {}, the file can hold at most {}", count,
                     what, most));
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < count) {
    const std::size_t before = bytes.size();
    // A gz that lies about its size is found out after twice what it really holds.
    bytes.resize(std::min<std::uint64_t>(
        count, packed ? before + std::max<std::size_t>(before, kChunk) : count));
    const std::size_t got = read(std::span{bytes}.subspan(before));
    if (before + got < bytes.size())
      fail(fmt::format("truncated: expected {} bytes of {}, found {}", count, what, before + got));
  }
  return bytes;
}

void Reader::expect_end() {
  std::uint8_t more = 0;
  if (read({&more, 1}) > 0)
    fail(fmt::format("longer than its header says: expected {} bytes, found more", position_ - 1));
}

void Reader::fail(const std::string& message) const {
  throw IoError(fmt::format("{}: {}", name_, message));
}

Fingerprint fingerprint(const std::filesystem::path& file) {
  Reader reader{file};
  Fingerprint found;
  std::vector<std::uint8_t> chunk(kChunk);
  while (const std::size_t got = reader.read(chunk)) {
    found.crc =
        static_cast<std::uint32_t>(crc32(found.crc, chunk.data(), static_cast<unsigned>(got)));
    found.bytes += got;
  }
  return found;
}

std::filesystem::path plain_or_gz(const std::filesystem::path& folder, const std::string& stem) {
  for (const char* ending : {"", ".gz"}) {
    auto file = folder / (stem + ending);
    if (std::filesystem::exists(file)) return file;
  }
  return folder / stem;
}

}  // namespace lamarck::nn::detail
