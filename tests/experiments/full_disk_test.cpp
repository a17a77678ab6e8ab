// A disk of its own for a run, too small at first: nothing stored is lost, and with room again the
// run ends as one that always had it.
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;

namespace {

constexpr const char* kExperiment = R"(
name: short
seed: 3
data: {dataset: shapes, limit: 300, validation: 100}
objectives: [maximize: accuracy, minimize: macs]
limits: {macs: 1M}
space: {start: [tiny-plain]}
search: {method: genetic, population: 4, evaluations: 10, lookahead: 3, quick_examples: 50}
train: {epochs: 1, batch: 32}
final: {choose: 2, epochs: 1, seeds: 1}
)";

// In a mount namespace of its own, so that the disk goes with the shell. Every attempt to search
// or resume gives a line `KIB CODE LAST LINE OF STANDARD ERROR` in `attempts`.
constexpr const char* kScript = R"sh(#!/bin/sh
mkdir disk && mount -t tmpfs -o size=40k tmpfs disk || exit 77
command='search short.yaml --run disk/run'
for kib in 40 60 90 130 170 210 260 310 370 440 520 640 4096; do
  mount -o remount,size=${kib}k disk || exit 77
  "$1" $command >/dev/null 2>errors; code=$?
  echo "$kib $code $(tail -n 1 errors)" >>attempts
  if [ -e disk/run/run.db ]; then
    command='resume disk/run'
    "$1" front disk/run --json >front 2>errors; looked=$?
    [ $looked = 0 ] || echo "$looked $(cat errors)" >>looks
  fi
  [ $code = 0 ] && break
done
exit 0
)sh";

}  // namespace

TEST_CASE("a run on a disk that is full again and again ends as an undisturbed one",
          "[program][faults]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  folder.write("fill", kScript);
  const std::string script =
      "cd '" + folder.path().string() + "' && unshare -m sh fill '" LAMARCK_PROGRAM "' 2>/dev/null";
  const int status = std::system(script.c_str());
  if (geteuid() != 0 || WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127 ||
      !std::filesystem::exists(folder.path() / "attempts")) {
    WARN("skipped: a small disk cannot be mounted here");
    return;
  }
  std::istringstream attempts{slurp(folder.path() / "attempts")};
  int full = 0;
  int code = -1;
  for (std::string line; std::getline(attempts, line);) {
    INFO(line);
    int kib = 0;
    std::istringstream{line} >> kib >> code;
    if (code == 0) break;
    ++full;
    CHECK(code == 1);
    CHECK(line.find("lamarck: disk/run/") != std::string::npos);
    CHECK((line.find("the disk is full") != std::string::npos ||
           line.find("No space left on device") != std::string::npos));
  }
  CHECK(full >= 4);
  REQUIRE(code == 0);
  // Looking works all the while, but for moments at which there is no room for SQLite to look.
  std::istringstream looks{slurp(folder.path() / "looks")};
  for (std::string line; std::getline(looks, line);) {
    INFO(line);
    CHECK(line.rfind("1 lamarck: ", 0) == 0);
    CHECK(line.find("the disk is full") != std::string::npos);
  }
  REQUIRE(run_lamarck("search short.yaml --run whole", folder.path()).code == 0);
  CHECK(slurp(folder.path() / "front") == run_lamarck("front whole --json", folder.path()).out);
}
