// The program's main promises, kept end to end on generated images: equal fronts for any number of
// workers, after any kill.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;
using Json = nlohmann::json;

namespace {

// Small enough to take a second or two, large enough to have children, duplicates and finalists.
constexpr const char* kExperiment = R"(
name: short
seed: 3
data: {dataset: shapes, limit: 600, validation: 200, augment: [flip]}
objectives: [maximize: accuracy, minimize: macs]
limits: {macs: 1M}
space: {start: [tiny-plain]}
search: {method: genetic, population: 4, evaluations: 10, lookahead: 3, quick_examples: 100}
train: {epochs: 1, batch: 32}
final: {choose: 2, epochs: 1, seeds: 2, start: [inherited, scratch]}
)";

// Starts the program without waiting for it.
pid_t start(const std::filesystem::path& folder, const std::vector<std::string>& words) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (chdir(folder.c_str()) != 0) _exit(127);
  if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(127);
  std::vector<char*> arguments{const_cast<char*>(LAMARCK_PROGRAM)};
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(LAMARCK_PROGRAM, arguments.data());
  _exit(127);
}

}  // namespace

TEST_CASE("one and two workers find the same front bit for bit", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  for (const char* workers : {"1", "2"}) {
    const Output output =
        run_lamarck(std::string{"search short.yaml --set parallel.oversubscribe=true --workers "} +
                        workers + " --run run" + workers,
                    folder.path());
    INFO(output.err);
    REQUIRE(output.code == 0);
    CHECK(output.out.find("hypervolume") != std::string::npos);
  }
  const std::string one = front_json(folder, "run1");
  CHECK(one == front_json(folder, "run2"));

  const Json json = Json::parse(one);
  REQUIRE_FALSE(json["front"].empty());
  for (const char* key : {"id", "accuracy", "macs", "params", "epochs"})
    CHECK(json["front"][0].contains(key));
  CHECK(json["objectives"][0]["name"] == "accuracy");
  CHECK(json["objectives"][1]["direction"] == "minimize");
  const Json& best = json["front"][0];  // the best is always a finalist
  CHECK(best["final_seeds"] == 2);
  CHECK(best.contains("test_accuracy"));
  CHECK(best.contains("test_accuracy_sd"));
  CHECK(best["finals"].size() == 2);

  const Json status = Json::parse(run_lamarck("status run1 --json", folder.path()).out);
  CHECK(status["state"] == "finished");
  CHECK(status["evaluations"]["target"] == 10);
  CHECK(status["evaluations"]["done"].get<int>() + status["evaluations"]["failed"].get<int>() ==
        10);
  for (const char* key : {"failed", "duplicates"}) CHECK(status["evaluations"].contains(key));
}

TEST_CASE("a run killed at twenty random moments ends with the same front", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(run_lamarck("search short.yaml --run whole", folder.path()).code == 0);
  const auto whole = std::chrono::steady_clock::now() - began;
  const std::string expected = front_json(folder, "whole");

  lamarck::Random random{20};
  int kills = 0;
  bool finished = false;
  for (int run = 0; kills < 20; ++run) {
    const std::string name = "run" + std::to_string(run);
    std::vector<std::string> words{"search", "short.yaml", "--run", name};
    finished = false;
    while (!finished) {
      const pid_t child = start(folder.path(), words);
      // Moments spread over a third of a whole run, so that each run is killed a few times on its
      // way.
      std::this_thread::sleep_for(whole * random.uniform(0.02, 0.4));
      int status = 0;
      const bool runs = waitpid(child, &status, WNOHANG) == 0;
      if (runs && kills < 20) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        ++kills;
      } else {
        if (runs) waitpid(child, &status, 0);
        finished = true;
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) == 0);
      }
      // Killed before the run folder was there: begin again; else go on.
      if (std::filesystem::exists(folder.path() / name / "run.db")) words = {"resume", name};
    }
    CHECK(front_json(folder, name) == expected);
  }
  CHECK(kills == 20);
}

TEST_CASE("interrupting stops cleanly and says how to go on", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  REQUIRE(run_lamarck("search short.yaml --run whole", folder.path()).code == 0);
  // Interrupted once the run has begun.
  const Output stopped = run_lamarck(
      "search short.yaml --run cut & pid=$!; while [ ! -e cut/run.db ]; do sleep 0.02; done; sleep "
      "0.3; kill -INT $pid; wait $pid",
      folder.path());
  INFO(stopped.err);
  if (stopped.code != 0) {  // a fast machine may be done before
    CHECK((stopped.code == 130 || stopped.code == 124));
    CHECK(stopped.err.find("lamarck resume cut") != std::string::npos);
    const Json status = Json::parse(run_lamarck("status cut --json", folder.path()).out);
    CHECK(status["state"] == "stopped");
    REQUIRE(run_lamarck("resume cut", folder.path()).code == 0);
  }
  CHECK(front_json(folder, "cut") == front_json(folder, "whole"));
}

TEST_CASE("interrupting the finalists loses none that was done", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  const std::string more =
      " --set search.evaluations=4 --set final.epochs=4 --set data.limit=1500 ";
  REQUIRE(run_lamarck("search short.yaml --run whole" + more, folder.path()).code == 0);
  // Interrupted once the first retraining is done.
  const Output stopped = run_lamarck(
      "search short.yaml --run cut" + more +
          "2>log & pid=$!; until grep -q 'inherited seed\\|scratch seed' log; do sleep 0.02; done; "
          "kill -INT $pid; wait $pid; code=$?; cat log >&2; (exit $code)",
      folder.path());
  INFO(stopped.err);
  if (stopped.code != 0) {  // a fast machine may be done before
    CHECK(stopped.code == 130);
    CHECK(stopped.err.find("finalists were being retrained") != std::string::npos);
    CHECK(stopped.err.find("lamarck resume cut") != std::string::npos);
    const Output resumed = run_lamarck("resume cut", folder.path());
    REQUIRE(resumed.code == 0);
    CHECK(resumed.err.find("done before") != std::string::npos);
  }
  CHECK(front_json(folder, "cut") == front_json(folder, "whole"));
}

TEST_CASE("a larger budget extends a run as if it had been asked for at first", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  const std::string common = " --set final.choose=0 --run ";
  REQUIRE(
      run_lamarck("search short.yaml --set search.evaluations=10" + common + "long", folder.path())
          .code == 0);
  REQUIRE(
      run_lamarck("search short.yaml --set search.evaluations=6" + common + "grown", folder.path())
          .code == 0);
  const Output less = run_lamarck("resume grown --evaluations 3", folder.path());
  CHECK(less.code == 2);
  REQUIRE(run_lamarck("resume grown --evaluations 10", folder.path()).code == 0);
  CHECK(front_json(folder, "grown") == front_json(folder, "long"));
}

TEST_CASE("a larger budget chooses its finalists anew", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  const std::string common = " --set final.seeds=1 --set final.start=scratch --run ";
  const auto search = [&](const std::string& run, const std::string& evaluations) {
    REQUIRE(run_lamarck("search short.yaml --set search.evaluations=" + evaluations + common + run,
                        folder.path())
                .code == 0);
  };
  search("long", "14");
  search("grown", "4");
  REQUIRE(run_lamarck("resume grown --evaluations 14", folder.path()).code == 0);
  CHECK(front_json(folder, "grown") == front_json(folder, "long"));
}

TEST_CASE("a run goes on from any folder and notices other data", "[program]") {
  const TemporaryFolder folder;
  std::string rows = "a,b,label\n";
  for (int i = 0; i < 200; ++i)
    rows += std::to_string(i % 7) + "," + std::to_string(i % 5) + "," +
            (i % 7 > i % 5 ? "yes" : "no") + "\n";
  std::filesystem::create_directory(folder.path() / "tables");
  folder.write("tables/mine.csv", rows);
  std::filesystem::create_directory(folder.path() / "elsewhere");
  folder.write(
      "mine.yaml",
      "name: mine\ndata: {dataset: mine, root: tables, validation: 40, csv: {target: label}}\n"
      "objectives: [maximize: accuracy, minimize: params]\n"
      "space: {start: [mlp]}\n"
      "search: {method: genetic, evaluations: 2, population: 2, tournament: 1, lookahead: 2}\n"
      "train: {epochs: 1, batch: 16}\nfinal: {choose: 1, epochs: 1, seeds: 1}\n");
  const Output first =
      run_lamarck("search mine.yaml --run run", folder.path(), "unset LAMARCK_DATA;");
  INFO(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.out.find("±") == std::string::npos);  // one seed
  const auto elsewhere = folder.path() / "elsewhere";
  CHECK(run_lamarck("resume ../run --evaluations 3", elsewhere, "unset LAMARCK_DATA;").code == 0);
  // The winner is scored as it was read: by the column and the kind of its target.
  const Output score = run_lamarck("evaluate ../run --json", elsewhere, "unset LAMARCK_DATA;");
  INFO(score.err);
  REQUIRE(score.code == 0);
  CHECK(Json::parse(score.out)["accuracy"].get<double>() > 0);

  rows.replace(rows.find("yes"), 3, "no");
  folder.write("tables/mine.csv", rows);
  const Output other =
      run_lamarck("resume ../run --evaluations 4", elsewhere, "unset LAMARCK_DATA;");
  CHECK(other.code == 1);
  CHECK(other.err.find("not the one that this run began with") != std::string::npos);
}

TEST_CASE("measured latency is an objective and stays in its units", "[program]") {
  const TemporaryFolder folder;
  folder.write("short.yaml", kExperiment);
  REQUIRE(run_lamarck("search short.yaml --set search.evaluations=3 --set final.choose=0 "
                      "--set 'objectives=[maximize: accuracy, minimize: latency]' --run run",
                      folder.path())
              .code == 0);
  const Json before = Json::parse(front_json(folder, "run"));
  CHECK(before["objectives"][1]["name"] == "latency");
  CHECK(before["front"][0]["latency"].get<double>() > 0);
  const auto unit = [&] {
    std::system(("sqlite3 -readonly '" + (folder.path() / "run/run.db").string() +
                 "' \"select value from run where key = 'latency_reference'\" > '" +
                 (folder.path() / "unit").string() + "'")
                    .c_str());
    return slurp(folder.path() / "unit");
  };
  const std::string first = unit();
  CHECK(std::stod(first) > 0);
  REQUIRE(run_lamarck("resume run --evaluations 4", folder.path()).code == 0);
  CHECK(unit() == first);
}
