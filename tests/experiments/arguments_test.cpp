#include "experiments/commands/command.hpp"

#include "experiments/commands/commands.hpp"
#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;

namespace {

const Command kCommand{.name = "demo",
                       .usage = "FILE [ID]",
                       .summary = "shows",
                       .details = "",
                       .examples = {"lamarck demo x"},
                       .least = 1,
                       .most = 2,
                       .options = {{"run,r", "DIR", "where"},
                                   {"set", "K=V", "override", true},
                                   {"json", "", "print JSON"}},
                       .run = nullptr};

std::string complaint(const std::vector<std::string>& words) {
  try {
    static_cast<void>(parse_arguments(kCommand, words));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("options, repeated options, flags and arguments are told apart", "[arguments]") {
  const Arguments a = parse_arguments(
      kCommand, {"file", "--run", "there", "--set", "a=1", "--set", "b=2", "--json", "7"});
  CHECK(a.positionals() == std::vector<std::string>{"file", "7"});
  CHECK(a.value("run") == "there");
  CHECK(a.values("set") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(a.has("json"));
  CHECK(a.value("nothing", "else") == "else");
  CHECK(parse_arguments(kCommand, {"-r", "x", "file"}).value("run") == "x");
}

TEST_CASE("wrong usage is named, with a suggestion", "[arguments]") {
  CHECK(has(complaint({"f", "--jsn"}), "did you mean --json?"));
  CHECK(has(complaint({}), "expected FILE"));
  CHECK(has(complaint({"a", "b", "c"}), "unexpected argument 'c'"));
  CHECK(has(complaint({"a", "--run"}), "run"));
  CHECK(has(complaint({"a", "--run", "x", "--run", "y"}), "twice"));
  CHECK(complaint({"--help"}).empty());
}

TEST_CASE("whole numbers are checked", "[arguments]") {
  const Arguments a = parse_arguments(kCommand, {"f", "--run", "12x"});
  CHECK_THROWS_AS(a.integer("run", 0, 100), ConfigError);
  CHECK_THROWS_AS(parse_arguments(kCommand, {"f", "--run", "101"}).integer("run", 0, 100),
                  ConfigError);
  CHECK(*parse_arguments(kCommand, {"f", "--run", "100"}).integer("run", 0, 100) == 100);
  CHECK_FALSE(a.integer("set", 0, 1).has_value());
}

TEST_CASE("every command explains itself with an example", "[arguments]") {
  REQUIRE_FALSE(commands().empty());
  for (const Command& command : commands()) {
    INFO(command.name);
    const std::string text = help_text(command);
    CHECK(has(text, "lamarck " + command.name + " " + command.usage));
    CHECK(has(text, "Examples:"));
    CHECK(has(text, "--help"));
    CHECK(command.run != nullptr);
  }
}
