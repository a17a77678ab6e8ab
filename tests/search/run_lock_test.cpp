// One process drives a run, and whoever asks who it is stays out of its way.
#include "search/detail/run_lock.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

using lamarck::IoError;
using lamarck::search::detail::RunLock;
using lamarck::test::TempFolder;

TEST_CASE("a lock is held until it goes and names its holder", "[lock]") {
  const TempFolder folder;
  CHECK_FALSE(RunLock::holder(folder.path()));  // no file yet
  for (int round = 0; round < 2; ++round) {
    const RunLock lock{folder.path()};
    CHECK(RunLock::holder(folder.path()) == getpid());
    CHECK_THROWS_WITH(RunLock{folder.path()},
                      Catch::Contains("driven by process " + std::to_string(getpid())));
    CHECK(RunLock::holder(folder.path()) == getpid());  // neither asking nor failing freed it
  }
  CHECK_FALSE(RunLock::holder(folder.path()));
}

TEST_CASE("a number that a dead process left is no holder", "[lock]") {
  const TempFolder folder;
  lamarck::test::write_bytes(folder / "run.lock", "1\n");
  CHECK_FALSE(RunLock::holder(folder.path()));
  CHECK_NOTHROW(RunLock{folder.path()});
}

TEST_CASE("the lock of a process that is killed is free", "[lock]") {
  const TempFolder folder;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const RunLock lock{folder.path()};
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(RunLock::holder(folder.path()) == child);
  CHECK_THROWS_AS(RunLock{folder.path()}, IoError);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK_FALSE(RunLock::holder(folder.path()));
  CHECK_NOTHROW(RunLock{folder.path()});
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a lock that cannot be made names the file", "[lock]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(RunLock{folder / "nowhere"}, Catch::Contains("nowhere/run.lock"));
}
