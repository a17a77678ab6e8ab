// The program `lamarck`.
#include "experiments/commands/commands.hpp"

#include <csignal>

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error to report, not an end
  return lamarck::experiments::run_command_line({argv + 1, argv + argc});
}
