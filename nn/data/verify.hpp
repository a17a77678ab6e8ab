// Whether the files of a data set are what they should be, for `lamarck data verify`.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::nn {

struct FileCheck {
  std::string file;  ///< as found under the root
  bool ok = false;
  std::string message = {};  ///< what is wrong, or what was found: `47040016 bytes, crc32 b4f29f28`
};

/// Known sets: each file's length and CRC-32 (of a gz: of its content) against those of the
/// published files. Generated sets have no files: an empty list. The user's own: each file is read
/// in full, and the set as a whole once more. Never throws for a bad file; that is what it reports.
/// \throws ConfigError for an unknown name
[[nodiscard]] std::vector<FileCheck> verify_dataset(std::string_view name,
                                                    const std::filesystem::path& root);

}  // namespace lamarck::nn
