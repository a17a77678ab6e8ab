#include "nn/formats/files.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <vector>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using Catch::Contains;

namespace {

std::size_t entries(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder}) ++count;
  return count;
}

}  // namespace

TEST_CASE("a file is written whole, replaced, and read back", "[files]") {
  const test::TempFolder folder;
  const auto file = folder / "a.bin";
  std::string bytes(300'000, 'x');
  bytes[1000] = '\0';
  write_file_atomically(file, bytes);
  CHECK(read_file(file, bytes.size()) == bytes);
  write_file_atomically(file, "");
  CHECK(read_file(file, 0).empty());
  write_file_atomically(file, "new");
  CHECK(read_file(file, 100) == "new");
  CHECK(entries(folder.path()) == 1);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0600) == 0600);
}

TEST_CASE("links are followed and devices written to", "[files]") {
  const test::TempFolder folder;
  write_file_atomically(folder / "real", "old");
  std::filesystem::create_symlink("real", folder / "link");
  write_file_atomically(folder / "link", "new");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(read_file(folder / "real", 100) == "new");
  // A link to nothing yet makes what it points to.
  std::filesystem::create_symlink("later", folder / "dangling");
  write_file_atomically(folder / "dangling", "there");
  CHECK(std::filesystem::is_symlink(folder / "dangling"));
  CHECK(read_file(folder / "later", 100) == "there");
  write_file_atomically("/dev/null", "gone");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("reading is bounded and says what is wrong", "[files]") {
  const test::TempFolder folder;
  const auto file = folder / "a.bin";
  write_file_atomically(file, "12345");
  CHECK(read_file(file, 5) == "12345");
  CHECK_THROWS_AS(read_file(file, 4), IoError);
  CHECK_THROWS_WITH(read_file(file, 4), file.string() + ": longer than 4 bytes");
  CHECK_THROWS_WITH(read_file(folder / "b", 4), Contains("b: opening: No such file"));
  CHECK_THROWS_WITH(read_file(folder.path(), 4096 * 1024), Contains("directory"));
  CHECK_THROWS_WITH(read_file("/dev/zero", 1 << 20), Contains("longer than"));
  CHECK(read_file("/proc/self/status", 1 << 20).size() > 10);  // its size reads 0
}

TEST_CASE("a file that cannot be written leaves nothing behind", "[files]") {
  const test::TempFolder folder;
  CHECK_THROWS_AS(write_file_atomically(folder / "absent/a", "x"), IoError);
  CHECK_THROWS_WITH(write_file_atomically(folder / "absent/a", "x"),
                    Contains("absent/a: creating: No such file"));
  std::filesystem::create_directory(folder / "taken");
  CHECK_THROWS_WITH(write_file_atomically(folder / "taken", "x"),
                    Contains("taken: renaming into place: Is a directory"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a full disk keeps the old file and leaves no new one", "[files]") {
  const test::TempFolder folder;
  const auto file = folder / "a.bin";
  write_file_atomically(file, "old");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a limit on the size of files stands for a disk that is full
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      write_file_atomically(file, std::string(1'000'000, 'x'));
    } catch (const IoError& error) {
      code = std::string_view{error.what()}.find("a.bin: writing: File too large") ==
                     std::string_view::npos
                 ? 2
                 : 0;
    } catch (...) {
      code = 3;
    }
    ::_exit(code);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(read_file(file, 100) == "old");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("threads may write one file at once and one of them wins", "[files]") {
  const test::TempFolder folder;
  const auto file = folder / "a.bin";
  std::vector<std::thread> threads;
  for (char c = 'a'; c < 'e'; ++c)
    threads.emplace_back([&, c] {
      for (int i = 0; i < 5; ++i) write_file_atomically(file, std::string(100'000, c));
    });
  for (std::thread& thread : threads) thread.join();
  const std::string bytes = read_file(file, 100'000);
  CHECK(bytes == std::string(100'000, bytes.at(0)));
  CHECK(entries(folder.path()) == 1);
}
