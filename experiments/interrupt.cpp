#include "experiments/interrupt.hpp"

#include <csignal>

namespace lamarck::experiments {
namespace {

volatile std::sig_atomic_t caught = 0;  // signal handlers can reach nothing but globals

extern "C" void remember(int) { caught = 1; }

}  // namespace

void watch_for_interrupts() {
  caught = 0;
  struct sigaction action {};
  action.sa_handler = remember;
  // SA_RESETHAND: the second signal meets the default action.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return caught != 0; }

}  // namespace lamarck::experiments
