// What the program says when something is wrong, and a run to break.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

namespace lamarck::tests {

/// Finished in a moment.
inline constexpr const char* kTiny = R"(
name: tiny
data: {dataset: shapes, limit: 300, validation: 100}
space: {start: [tiny-plain]}
search: {method: genetic, evaluations: 3, population: 2, tournament: 1, lookahead: 2, quick_examples: 0}
train: {epochs: 1, batch: 32}
final: {choose: 1, epochs: 1, seeds: 1}
)";

/// One line on standard error, with these words in it.
inline void check_complaint(const Output& output, int code,
                            const std::vector<std::string>& fragments) {
  INFO("standard error: " << output.err);
  CHECK(output.code == code);
  CHECK(std::count(output.err.begin(), output.err.end(), '\n') == 1);
  CHECK(output.err.rfind("lamarck: ", 0) == 0);
  for (const auto& fragment : fragments) {
    INFO("expected: " << fragment);
    CHECK(output.err.find(fragment) != std::string::npos);
  }
}

/// A finished run to be broken.
struct FinishedRun {
  TemporaryFolder folder;
  std::filesystem::path run;
  FinishedRun() : run{folder.path() / "run"} {
    folder.write("tiny.yaml", kTiny);
    const Output output = run_lamarck("search tiny.yaml --run run", folder.path());
    INFO(output.err);
    REQUIRE(output.code == 0);
  }
  [[nodiscard]] Output resume() const {
    return run_lamarck("resume run --evaluations 5", folder.path());
  }
};

}  // namespace lamarck::tests
