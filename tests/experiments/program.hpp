// Running the program `lamarck` from a test, in a folder of its own.
#pragma once
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

namespace lamarck::tests {

struct Output {
  int code = -1;  ///< exit code; 128 + n for signal n
  std::string out, err;
};

/// A temporary folder with files in it, gone with its owner.
class TemporaryFolder : public test::TempFolder {
 public:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream{path() / name, std::ios::binary} << text;
    return path() / name;
  }
};

inline std::string slurp(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

/// `lamarck ARGUMENTS`, run by the shell in `folder`.
inline Output run_lamarck(const std::string& arguments, const std::filesystem::path& folder,
                          const std::string& before = "") {
  const auto out = folder / ".stdout";
  const auto err = folder / ".stderr";
  const std::string command = "cd '" + folder.string() + "' && { " + before +
                              " '" LAMARCK_PROGRAM "' " + arguments + "; } >'" + out.string() +
                              "' 2>'" + err.string() + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), slurp(out), slurp(err)};
}

/// What `front --json` prints of a run, for comparing runs byte by byte.
inline std::string front_json(const TemporaryFolder& folder, const std::string& run) {
  const Output output = run_lamarck("front " + run + " --json", folder.path());
  INFO(output.err);
  REQUIRE(output.code == 0);
  return output.out;
}

}  // namespace lamarck::tests
