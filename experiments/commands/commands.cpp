#include "experiments/commands/commands.hpp"

#include <fmt/format.h>

#include <exception>
#include <iostream>
#include <new>

#include "experiments/version.hpp"
#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::experiments {
namespace {

void print_overview(std::ostream& out) {
  out << "Lamarck finds, trains and exports small convolutional networks on ordinary CPUs.\n\n"
         "usage: lamarck COMMAND [ARGUMENTS]   (lamarck COMMAND --help tells more)\n\n";
  for (const Command& command : commands())
    out << fmt::format("  {:<9} {:<26} {}\n", command.name, command.usage, command.summary);
  out << "\nA first search without any data of your own: lamarck search "
         "experiments/quickstart.yaml\n";
}

const Command& command_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  const auto near = nn::nearest(name, names);
  throw ConfigError(fmt::format("unknown command '{}'{}; see `lamarck --help`", name,
                                near ? fmt::format(" (did you mean {}?)", *near) : ""));
}

int run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_overview(words.empty() ? std::cerr : std::cout);
    return words.empty() ? kUsage : kDone;
  }
  if (words[0] == "--version") {
    std::cout << fmt::format("lamarck {}, {}\n", version(), kernels::kernel_library());
    return kDone;
  }
  const Command& command = command_named(words[0]);
  const Arguments arguments = parse_arguments(command, {words.begin() + 1, words.end()});
  if (arguments.has("help")) {
    std::cout << help_text(command);
    return kDone;
  }
  return command.run(arguments);
}

int complain(const std::string& what, int code) {
  std::cout.flush();
  std::cerr << "lamarck: " << what << '\n';
  return code;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all{search_command(),  resume_command(),   status_command(),
                                        front_command(),   show_command(),     export_command(),
                                        train_command(),   evaluate_command(), inspect_command(),
                                        proxies_command(), simulate_command(), data_command()};
  return all;
}

int run_command_line(const std::vector<std::string>& words) {
  try {
    const int code = run(words);
    // What was printed may still be on its way to a disk that is full.
    if (!std::cout.flush()) return complain("standard output cannot be written", kFailed);
    return code;
  } catch (const ConfigError& error) {
    return complain(error.what(), kUsage);
  } catch (const std::bad_alloc&) {
    return complain("out of memory; a smaller batch or fewer workers need less", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}

}  // namespace lamarck::experiments
