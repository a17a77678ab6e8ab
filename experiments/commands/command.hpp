// A command of the program: its row in the table, and the arguments it was given.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::experiments {

struct Option {
  std::string name;   ///< `run`, or `run,r` with a letter
  std::string value;  ///< what the value is called in --help; empty: a flag
  std::string help;
  bool repeated = false;
};

/// What the user typed, checked against a command's options.
class Arguments {
 public:
  [[nodiscard]] bool has(const std::string& name) const { return values_.count(name) > 0; }
  /// The last value; `fallback` where the option was not given.
  [[nodiscard]] std::string value(const std::string& name, const std::string& fallback = {}) const;
  [[nodiscard]] std::vector<std::string> values(const std::string& name) const;
  /// \throws ConfigError where it is no whole number in the range
  [[nodiscard]] std::optional<long long> integer(const std::string& name, long long low,
                                                 long long high) const;
  [[nodiscard]] const std::vector<std::string>& positionals() const { return positionals_; }

  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> positionals_;
};

/// Exit codes: 0 done, 1 the run failed, 2 usage or configuration, 130 stopped by Ctrl-C.
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kInterrupted = 130 };

struct Command {
  std::string name;
  std::string usage;    ///< what follows `lamarck name`: `EXPERIMENT.yaml`
  std::string summary;  ///< one line
  std::string details;  ///< a paragraph for --help
  std::vector<std::string> examples;
  std::size_t least = 0, most = 0;  ///< positional arguments
  std::vector<Option> options;
  int (*run)(const Arguments&) = nullptr;
};

/// \throws ConfigError for an unknown option (with a suggestion), a missing value, too few or too
/// many arguments
[[nodiscard]] Arguments parse_arguments(const Command& command,
                                        const std::vector<std::string>& words);
[[nodiscard]] std::string help_text(const Command& command);

}  // namespace lamarck::experiments
