#include "experiments/interrupt.hpp"

#include <csignal>

namespace lamarck::experiments {
namespace {

volatile std::sig_atomic_t caught = 0;  // signal handlers can reach nothing but globals

extern "C" void remember(int) { caught = 1; }

void install(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  caught = 0;
  // SA_RESETHAND: the second signal meets the default action.
  install(remember, static_cast<int>(SA_RESETHAND) | SA_RESTART);
}

InterruptGuard::~InterruptGuard() { install(SIG_DFL, 0); }

bool InterruptGuard::interrupted() { return caught != 0; }

}  // namespace lamarck::experiments
