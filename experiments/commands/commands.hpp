// The table of commands, and the entry point that picks one.
#pragma once
#include <string>
#include <vector>

#include "experiments/commands/command.hpp"

namespace lamarck::experiments {

[[nodiscard]] const std::vector<Command>& commands();

// One a file.
[[nodiscard]] Command search_command();
[[nodiscard]] Command resume_command();
[[nodiscard]] Command status_command();
[[nodiscard]] Command front_command();
[[nodiscard]] Command show_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command train_command();
[[nodiscard]] Command evaluate_command();
[[nodiscard]] Command inspect_command();
[[nodiscard]] Command proxies_command();
[[nodiscard]] Command simulate_command();
[[nodiscard]] Command data_command();

/// Runs `lamarck words...`; prints errors on standard error; the only place that catches. \returns
/// an ExitCode
int run_command_line(const std::vector<std::string>& words);

}  // namespace lamarck::experiments
