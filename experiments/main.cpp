// The program `lamarck`.
#include "experiments/commands/commands.hpp"

int main(int argc, char** argv) {
  return lamarck::experiments::run_command_line({argv + 1, argv + argc});
}
