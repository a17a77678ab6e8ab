// The first signal is remembered; the second ends the process (the program's tests see to that).
#include "experiments/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/catch.hpp"

using lamarck::experiments::InterruptGuard;

TEST_CASE("the first signal is remembered while a guard lives", "[interrupt]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const InterruptGuard guard;
    CHECK_FALSE(InterruptGuard::interrupted());
    raise(signal);
    CHECK(InterruptGuard::interrupted());
  }
  const InterruptGuard again;
  CHECK_FALSE(InterruptGuard::interrupted());
}

TEST_CASE("the second signal ends the process", "[interrupt]") {
  const pid_t child = fork();
  if (child == 0) {
    const InterruptGuard guard;
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
