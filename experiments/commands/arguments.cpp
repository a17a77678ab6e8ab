#include <boost/program_options.hpp>

#include <fmt/format.h>

#include <charconv>

#include "experiments/commands/command.hpp"
#include "kernels/error.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::experiments {
namespace {

namespace po = boost::program_options;

std::string long_name(const Option& option) { return option.name.substr(0, option.name.find(',')); }

po::options_description description(const Command& command) {
  po::options_description all;
  for (const Option& option : command.options) {
    if (option.value.empty())
      all.add_options()(option.name.c_str(), option.help.c_str());
    else
      all.add_options()(option.name.c_str(), po::value<std::vector<std::string>>()->composing(),
                        option.help.c_str());
  }
  all.add_options()("help,h", "print this");
  return all;
}

[[noreturn]] void complain(const Command& command, const std::string& what) {
  throw ConfigError(
      fmt::format("{}: {}; see `lamarck {} --help`", command.name, what, command.name));
}

}  // namespace

std::string Arguments::value(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? fallback : found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<long long> Arguments::integer(const std::string& name, long long low,
                                            long long high) const {
  if (!has(name)) return std::nullopt;
  const std::string text = value(name);
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < low || number > high)
    throw ConfigError(fmt::format("--{}: expected a whole number from {} to {}, got '{}'", name,
                                  low, high, text));
  return number;
}

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  po::options_description visible = description(command);
  po::options_description all;
  all.add(visible).add_options()("arguments", po::value<std::vector<std::string>>()->composing());
  po::positional_options_description positional;
  positional.add("arguments", -1);

  Arguments arguments;
  try {
    using Style = po::command_line_style::style_t;
    const int style = Style::unix_style & ~Style::allow_guessing;
    const auto parsed =
        po::command_line_parser(words).options(all).positional(positional).style(style).run();
    for (const auto& option : parsed.options) {
      if (option.string_key == "arguments") {
        arguments.positionals_.insert(arguments.positionals_.end(), option.value.begin(),
                                      option.value.end());
        continue;
      }
      auto& values = arguments.values_[option.string_key];
      values.insert(values.end(), option.value.begin(), option.value.end());
    }
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names{"--help"};
    for (const Option& option : command.options) names.push_back("--" + long_name(option));
    const auto near = nn::nearest(error.get_option_name(), names);
    complain(command, fmt::format("unknown option {}{}", error.get_option_name(),
                                  near ? fmt::format(" (did you mean {}?)", *near) : ""));
  } catch (const po::error& error) {
    complain(command, error.what());
  }
  if (arguments.has("help")) return arguments;
  for (const Option& option : command.options)
    if (!option.repeated && arguments.values(long_name(option)).size() > 1)
      complain(command, fmt::format("--{} is given twice", long_name(option)));
  const std::size_t given = arguments.positionals_.size();
  if (given < command.least) complain(command, fmt::format("expected {}", command.usage));
  if (given > command.most)
    complain(command,
             fmt::format("unexpected argument '{}'", arguments.positionals_[command.most]));
  return arguments;
}

std::string help_text(const Command& command) {
  std::string text =
      fmt::format("lamarck {} {}\n\n{}\n", command.name, command.usage, command.summary);
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  text += "\nOptions:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t widest = 0;
  for (const Option& option : command.options) {
    const auto comma = option.name.find(',');
    std::string left =
        comma == std::string::npos ? "    " : fmt::format("-{}, ", option.name.substr(comma + 1));
    left += "--" + long_name(option) + (option.value.empty() ? "" : " " + option.value);
    widest = std::max(widest, left.size());
    rows.emplace_back(left, option.help);
  }
  rows.emplace_back("-h, --help", "print this");
  widest = std::max(widest, rows.back().first.size());
  for (const auto& [left, right] : rows) text += fmt::format("  {:<{}}  {}\n", left, widest, right);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const auto& example : command.examples) text += "  " + example + "\n";
  return text;
}

}  // namespace lamarck::experiments
