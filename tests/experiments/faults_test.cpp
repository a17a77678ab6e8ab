// Bad input and broken surroundings, as the program meets them: one clear line, the right exit
// code, nothing lost.
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/experiments/complaints.hpp"

using namespace lamarck::tests;
namespace fs = std::filesystem;

TEST_CASE("broken experiment files end with code 2 and a place", "[program][faults]") {
  const TemporaryFolder folder;
  folder.write("empty.yaml", "");
  folder.write("recursive.yaml", "a: &a [*a]\n");
  folder.write("binary.yaml", std::string("\x7f"
                                          "ELF\0\1\2\3\xff\xfe",
                                          10));
  folder.write("nested.yaml", std::string(100000, '['));
  folder.write("typo.yaml", "search: {evaluatons: 5}\n");
  folder.write("laughs.yaml",
               "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
               "[*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
               "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: "
               "[*e,*e,*e,*e,*e,*e,*e,*e,*e]\n");
  {
    std::ofstream large{folder.path() / "large.yaml"};
    large.seekp(100 * 1024 * 1024);
    large << "name: x\n";
  }
  for (const char* name : {"empty", "recursive", "binary", "nested", "typo", "laughs", "large"}) {
    INFO(name);
    const std::string file = std::string{name} + ".yaml";
    check_complaint(run_lamarck("search " + file, folder.path()), 2, {file});
  }
  check_complaint(run_lamarck("search typo.yaml", folder.path()), 2,
                  {"typo.yaml:1:10: search.evaluatons", "did you mean evaluations?"});
  check_complaint(run_lamarck("search nowhere.yaml", folder.path()), 1, {"nowhere.yaml"});
}

TEST_CASE("wrong usage ends with code 2", "[program][faults]") {
  const TemporaryFolder folder;
  check_complaint(run_lamarck("serach x.yaml", folder.path()), 2, {"did you mean search?"});
  check_complaint(run_lamarck("search", folder.path()), 2, {"EXPERIMENT.yaml"});
  check_complaint(run_lamarck("search a b", folder.path()), 2, {"'b'"});
  check_complaint(run_lamarck("front --jsn x", folder.path()), 2, {"did you mean --json?"});
  check_complaint(run_lamarck("inspect small-plane", folder.path()), 2, {"small-plain"});
  check_complaint(run_lamarck("inspect lenet --input 1x28", folder.path()), 2, {"3x32x32"});
  check_complaint(run_lamarck("inspect lenet --input 999999999999x28x28", folder.path()), 2,
                  {"3x32x32"});
  CHECK(run_lamarck("", folder.path()).code == 2);
}

TEST_CASE("data that are missing or do not fit are named", "[program][faults]") {
  const TemporaryFolder folder;
  folder.write("mnist.yaml", "data: {dataset: mnist}\n");
  check_complaint(
      run_lamarck("search mnist.yaml --data-root " + folder.path().string(), folder.path()), 1,
      {"mnist"});
  folder.write("unknown.yaml", "data: {dataset: mnits}\n");
  check_complaint(run_lamarck("search unknown.yaml", folder.path()), 2, {"mnits"});
  folder.write("split.yaml", "data: {dataset: shapes, limit: 100, validation: 5000}\n");
  check_complaint(run_lamarck("search split.yaml", folder.path()), 2, {"5000"});
  CHECK_FALSE(fs::exists(folder.path() / "runs"));  // nothing was begun
}

TEST_CASE("objectives that no candidate can have are found first", "[program][faults]") {
  const TemporaryFolder folder;
  folder.write("r2.yaml", std::string{kTiny} + "objectives: [maximize: r2, minimize: macs]\n");
  check_complaint(run_lamarck("search r2.yaml", folder.path()), 2, {"did you mean accuracy?"});
  check_complaint(run_lamarck("search r2.yaml --dry-run", folder.path()), 2, {"r2"});
  CHECK_FALSE(fs::exists(folder.path() / "runs"));
}

TEST_CASE("a bound that no network nearby keeps is remarked on first", "[program][faults]") {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& bound) {
    folder.write("bound.yaml", std::string{kTiny} +
                                   "objectives: [maximize: accuracy, {minimize: macs, at_most: " +
                                   bound + "}]\n");
    return run_lamarck("search bound.yaml --dry-run", folder.path());
  };
  const std::string note = "none of 200 samples has macs of at most 1; the best has";
  const Output impossible = with("1");
  CHECK(impossible.code == 0);
  CHECK(impossible.out.find(note) != std::string::npos);
  CHECK(with("5M").out.find("none of 200 samples has") == std::string::npos);
  CHECK(with("1").code == 0);
  const Output searched =
      run_lamarck("search bound.yaml --run run --set search.evaluations=1", folder.path());
  CHECK(searched.err.find(note) != std::string::npos);
}

TEST_CASE("what cannot be printed is no success", "[program][faults]") {
  if (!fs::exists("/dev/full")) return;
  const TemporaryFolder folder;
  check_complaint(run_lamarck("inspect lenet >/dev/full", folder.path()), 1, {"standard output"});
}

TEST_CASE("limits that no start keeps are found before anything runs", "[program][faults]") {
  const TemporaryFolder folder;
  folder.write("limits.yaml", std::string{kTiny} + "limits: {macs: 10}\n");
  check_complaint(run_lamarck("search limits.yaml", folder.path()), 2, {"macs"});
  CHECK_FALSE(fs::exists(folder.path() / "runs"));
}

TEST_CASE("architectures that make no sense are refused with the node", "[program][faults]") {
  const TemporaryFolder folder;
  const auto inspect = [&](const std::string& nodes) {
    folder.write("net.yaml", "input: {channels: 1, height: 8, width: 8}\nnodes:\n" + nodes);
    return run_lamarck("inspect net.yaml", folder.path());
  };
  check_complaint(
      inspect("  - {id: a, conv: {out: 4}, from: b}\n  - {id: b, conv: {out: 4}, from: a}\n"), 2,
      {"net.yaml:3", "a"});
  check_complaint(inspect("  - {id: a, conv: {out: 4}, from: nowhere}\n"), 2, {"nowhere"});
  check_complaint(inspect("  - {id: a, conv: {out: 4}}\n  - {id: a, conv: {out: 4}}\n"), 2, {"a"});
  check_complaint(inspect("  - {id: a, conv: {out: 0}}\n"), 2, {"out"});
  check_complaint(inspect("  - {id: a, conv: {out: 4}}\n  - {id: b, add: [input, a]}\n"), 2, {"b"});
  check_complaint(inspect("  - {id: a, conv: {out: 1000000000}}\n"), 2, {"a"});
}

TEST_CASE("a run folder that exists is never written over", "[program][faults]") {
  const FinishedRun finished;
  const std::string before = slurp(finished.run / "run.db");
  check_complaint(run_lamarck("search tiny.yaml --run run", finished.folder.path()), 1,
                  {"run", "resume"});
  CHECK(slurp(finished.run / "run.db") == before);
  check_complaint(run_lamarck("status nowhere", finished.folder.path()), 1, {"nowhere"});
}

TEST_CASE("a damaged database is told from a good one", "[program][faults]") {
  const FinishedRun finished;
  const auto db = finished.run / "run.db";
  SECTION("text instead") { std::ofstream{db} << "this is no database, whatever its name says\n"; }
  SECTION("cut short") { fs::resize_file(db, fs::file_size(db) / 2); }
  SECTION("overwritten in the middle") {
    std::fstream file{db, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(4096);
    file << std::string(8192, '\xa5');
  }
  for (const char* side : {"run.db-wal", "run.db-shm"}) fs::remove(finished.run / side);
  check_complaint(finished.resume(), 1, {"run"});
}

TEST_CASE("a run of another version says so", "[program][faults]") {
  const FinishedRun finished;
  REQUIRE(std::system(("sqlite3 " + (finished.run / "run.db").string() +
                       " 'PRAGMA user_version = 7' >/dev/null")
                          .c_str()) == 0);
  check_complaint(finished.resume(), 1, {"schema 7"});
}

TEST_CASE("a missing weight file is noticed", "[program][faults]") {
  const FinishedRun finished;
  fs::path victim;
  for (const auto& entry : fs::directory_iterator(finished.run / "weights")) victim = entry.path();
  REQUIRE_FALSE(victim.empty());
  SECTION("gone") { fs::remove(victim); }
  SECTION("cut short") { fs::resize_file(victim, 100); }
  check_complaint(finished.resume(), 1, {victim.filename().string()});
}

TEST_CASE("two processes cannot drive one run", "[program][faults]") {
  const FinishedRun finished;
  const std::string program = "'" LAMARCK_PROGRAM "'";
  const Output output =
      run_lamarck("resume run --evaluations 100000 >/dev/null 2>&1 & sleep 0.5; " + program +
                      " resume run --evaluations 100001; code=$?; kill -KILL $!; (exit $code)",
                  finished.folder.path());
  check_complaint(output, 1, {"process"});
}

TEST_CASE("a full disk stops the run and loses nothing", "[program][faults]") {
  const FinishedRun finished;
  const std::string before = run_lamarck("front run --json", finished.folder.path()).out;
  // Files may not grow beyond 48 KiB: the log or a weight file hits the wall, as on a full disk.
  const Output output = run_lamarck(
      "resume run --evaluations 60 2>errors; code=$?; tail -n 1 errors >&2; (exit $code)",
      finished.folder.path(), "ulimit -f 96;");
  check_complaint(output, 1, {"run"});
  const Output after = run_lamarck("front run --json", finished.folder.path());
  REQUIRE(after.code == 0);
  CHECK(after.out.size() >= before.size() / 2);
  CHECK(run_lamarck("status run", finished.folder.path()).code == 0);
  // With room again it goes on where it stood.
  CHECK(run_lamarck("resume run --evaluations 60", finished.folder.path()).code == 0);
}
