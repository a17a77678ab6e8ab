// The first signal is remembered; the second ends the process (the program's tests see to that).
#include "experiments/interrupt.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/catch.hpp"

using namespace lamarck::experiments;

namespace {

// In a process of its own, since handlers stay to its end.
int status_of(void (*body)()) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("the first signal is remembered, whichever it is", "[interrupt]") {
  const int status = status_of([] {
    for (const int signal : {SIGINT, SIGTERM}) {
      watch_for_interrupts();
      if (interrupted()) _exit(1);
      raise(signal);
      if (!interrupted()) _exit(2);
    }
    watch_for_interrupts();
    if (interrupted()) _exit(3);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the second signal ends the process", "[interrupt]") {
  const int status = status_of([] {
    watch_for_interrupts();
    raise(SIGINT);
    raise(SIGINT);
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
