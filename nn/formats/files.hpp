// Writing a file whole or not at all, and reading one with an upper bound.
//
// Thread safety: any thread, also on one file: the last one to finish wins.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace lamarck::nn {

/// Temporary name beside it (`<file>.tmp-<process>-<number>`), write, fsync, rename, fsync of the
/// folder. \throws IoError; nothing is left behind. Only a kill in between leaves the temporary.
void write_file_atomically(const std::filesystem::path& file, std::string_view bytes);
/// \throws IoError where it cannot be read or is longer than `limit`
[[nodiscard]] std::string read_file(const std::filesystem::path& file, std::size_t limit);

}  // namespace lamarck::nn
