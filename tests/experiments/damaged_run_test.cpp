// Runs whose database is not what it was, met by every command that looks at runs.
#include <unistd.h>

#include <fstream>

#include "kernels/random.hpp"

#include "tests/experiments/complaints.hpp"

using namespace lamarck::tests;
namespace fs = std::filesystem;

namespace {

// Every command ends with one clear line and code 1; none crashes.
void check_all(const FinishedRun& finished, const std::string& fragment) {
  for (const char* command : {"status run", "front run", "front run --json", "show run 0",
                              "export run 0 --output w.onnx", "evaluate run 0", "resume run"}) {
    INFO(command);
    check_complaint(run_lamarck(command, finished.folder.path()), 1, {fragment});
  }
}

void overwrite(const fs::path& file, std::size_t at, const std::string& bytes) {
  std::fstream stream{file, std::ios::in | std::ios::out | std::ios::binary};
  stream.seekp(static_cast<std::streamoff>(at));
  stream << bytes;
}

}  // namespace

TEST_CASE("a database that is none is refused by every command", "[program][faults]") {
  const FinishedRun finished;
  const fs::path db = finished.run / "run.db";
  SECTION("empty") {
    fs::resize_file(db, 0);
    check_all(finished, "run");
  }
  SECTION("text") {
    overwrite(db, 0, std::string(4096, 'x'));
    check_all(finished, "run.db");
  }
  SECTION("cut short") {
    fs::resize_file(db, 4096 * 2);
    check_all(finished, "run");
  }
  SECTION("of another version") {
    REQUIRE(std::system(
                ("sqlite3 '" + db.string() + "' 'PRAGMA user_version = 7' >/dev/null").c_str()) ==
            0);
    check_all(finished, "schema 7");
  }
  SECTION("of another program") {
    REQUIRE(std::system(
                ("sqlite3 '" + db.string() + "' 'PRAGMA application_id = 7' >/dev/null").c_str()) ==
            0);
    check_all(finished, "run");
  }
}

TEST_CASE("a database with garbage in its pages never brings a command down", "[program][faults]") {
  const FinishedRun finished;
  const fs::path db = finished.run / "run.db";
  const std::string whole = slurp(db);
  lamarck::Random random{5, "pages"};
  for (int round = 0; round < 12; ++round) {
    std::ofstream{db, std::ios::binary} << whole;
    std::string garbage(600, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random.below(256));
    const std::size_t at = 100 + random.below(whole.size() - 800);
    overwrite(db, at, garbage);
    for (const char* command : {"status run", "front run", "show run 0", "resume run"}) {
      INFO(command << " with garbage at " << at);
      const Output output = run_lamarck(command, finished.folder.path());
      // Where the garbage hits nothing that the command reads, it may work.
      CHECK((output.code == 0 || output.code == 1));
      if (output.code == 1) CHECK(output.err.find("lamarck: ") != std::string::npos);
    }
  }
}

TEST_CASE("rows that do not belong together are damage and told", "[program][faults]") {
  const FinishedRun finished;
  const fs::path db = finished.run / "run.db";
  const std::string whole = slurp(db);
  for (const char* change :
       {"UPDATE epochs SET position = -1 WHERE proposal = 1",
        "UPDATE epochs SET position = 900000000000 WHERE proposal = 1",
        "UPDATE epochs SET proposal = 99 WHERE proposal = 1",
        "UPDATE metrics SET proposal = 99 WHERE proposal = 1",
        "UPDATE results SET proposal = 99 WHERE proposal = 1",
        "UPDATE results SET duplicate_of = 99 WHERE proposal = 1",
        "UPDATE results SET duplicate_of = -1 WHERE proposal = 1",
        "INSERT OR REPLACE INTO parents VALUES (1, 0, 1)",
        "INSERT OR REPLACE INTO parents VALUES (1, 0, -7)",
        "INSERT OR REPLACE INTO parents VALUES (77, 0, 1)",
        "INSERT OR REPLACE INTO edits VALUES (77, 0, 'widen')",
        "DELETE FROM proposals WHERE id = 1", "UPDATE proposals SET id = -5 WHERE id = 0"}) {
    INFO(change);
    std::ofstream{db, std::ios::binary} << whole;
    REQUIRE(std::system(("sqlite3 '" + db.string() + "' \"PRAGMA foreign_keys = OFF; " + change +
                         "\" >/dev/null")
                            .c_str()) == 0);
    check_all(finished, "run.db: damaged: ");
  }
}

TEST_CASE("a run that may not be written is looked at but not gone on with", "[program][faults]") {
  const FinishedRun finished;
  if (std::system("setpriv --version >/dev/null 2>&1") != 0 || geteuid() != 0) {
    WARN("skipped: no root to take rights from");
    return;
  }
  const auto as_nobody = [&](const std::string& words) {
    return run_lamarck(words, finished.folder.path(),
                       "exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all");
  };
  const std::string everyone = "chmod -R a+rX,go-w '" + finished.folder.path().string() + "'";
  REQUIRE(std::system(everyone.c_str()) == 0);
  const std::string mine = run_lamarck("front run --json", finished.folder.path()).out;
  REQUIRE(std::system(everyone.c_str()) == 0);
  const Output front = as_nobody("front run --json");
  INFO(front.err);
  CHECK(front.code == 0);
  CHECK(front.out == mine);
  check_complaint(as_nobody("resume run --evaluations 5"), 1, {"run.lock"});
  check_complaint(as_nobody("search tiny.yaml --run other"), 1, {"other"});
}
