// The run on disk: what was appended is read back to the bit, whatever happens to the process.
#include "search/store.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <thread>

#include "kernels/error.hpp"
#include "search/detail/sqlite.hpp"
#include "search/driver.hpp"
#include "search/methods.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "store-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    path = fs::path{name} / "run";
  }
  ~Folder() { fs::remove_all(path.parent_path()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

Proposal proposal(std::size_t id, std::vector<std::size_t> parents = {}) {
  return {.id = id,
          .genome = {"genome \"" + std::to_string(id) + "\"\nline"},
          .key = "k" + std::to_string(id),
          .parents = std::move(parents),
          .edits = {"a", "b c"},
          .origin = "start",
          .seed = UINT64_MAX - id};
}

// An evaluator that has its process killed once so many candidates have begun: a further moment
// later, whatever the workers and the store are at then.
class MortalEvaluator final : public Evaluator {
 public:
  MortalEvaluator(Evaluator& inner, int candidates, std::chrono::microseconds later)
      : inner_{inner}, candidates_{candidates}, later_{later} {}

  std::optional<Result> evaluate(const Candidate& candidate) override {
    const int call = ++calls_;
    if (call == candidates_)
      std::thread{[this] {
        std::this_thread::sleep_for(later_);
        kill(getpid(), SIGKILL);
      }}.detach();
    // However slow the killer is, the run does not get to its end first.
    while (call > candidates_ + 5) pause();
    return inner_.evaluate(candidate);
  }

 private:
  Evaluator& inner_;
  int candidates_;
  std::chrono::microseconds later_;
  std::atomic<int> calls_{0};
};

// Drives a run to its end, or until something stops it.
void drive_store(Store& store, Evaluator& evaluator, std::size_t evaluations) {
  const BitSpace space{12, 9};
  History history = store.history();
  const auto searcher = make_searcher(space, kScoreAndOnes, {.method = "genetic", .population = 6});
  drive(space, *searcher, evaluator, kScoreAndOnes, store, history,
        {.evaluations = evaluations, .lookahead = 4, .workers = 3});
}

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

std::string message_of(const fs::path& folder) {
  try {
    static_cast<void>(Store::open(folder));
  } catch (const IoError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a run of schema 1 is read as it is, and upgraded when it goes on", "[store]") {
  const Folder folder;
  {
    Store store = Store::create(folder.path, {{"name", "x"}});
    store.append(proposal(0));
    store.append(proposal(1, {0}));
  }
  const auto sql = [&](const std::string& text) {
    detail::Database{folder.path / "run.db", detail::Database::Mode::write}.execute(text.c_str());
  };
  sql("ALTER TABLE proposals DROP COLUMN epochs; PRAGMA user_version = 1");
  const History before = Store::read(folder.path).history();
  REQUIRE(before.size() == 2);
  CHECK(before.proposal(1) == proposal(1, {0}));
  Proposal promoted = proposal(2, {1});
  promoted.origin = kPromote;
  promoted.epochs = 4;
  {
    Store store = Store::open(folder.path);
    CHECK(store.history().proposal(1) == proposal(1, {0}));
    store.append(promoted);
  }
  const History after = Store::open(folder.path).history();
  REQUIRE(after.size() == 3);
  CHECK(after.proposal(2) == promoted);
  CHECK(after.epochs_before(after.proposal(2)) == 0);
}

TEST_CASE("a promotion of nobody and negative epochs are damage", "[store]") {
  const Folder folder;
  {
    Store store = Store::create(folder.path, {{"name", "x"}});
    store.append(proposal(0));
  }
  const auto sql = [&](const std::string& text) {
    detail::Database{folder.path / "run.db", detail::Database::Mode::write}.execute(text.c_str());
  };
  sql("UPDATE proposals SET origin = 'promote'");
  CHECK_THROWS_WITH(Store::read(folder.path).history(), Contains("damaged"));
  sql("UPDATE proposals SET origin = 'start', epochs = -1");
  CHECK_THROWS_WITH(Store::read(folder.path).history(), Contains("damaged"));
}

TEST_CASE("what goes into the store comes back to the bit", "[store]") {
  const Folder folder;
  const double infinity = std::numeric_limits<double>::infinity();
  {
    Store store = Store::create(folder.path, {{"name", "x"}, {"experiment", "a: 1\n"}});
    store.append(proposal(0));
    store.append(proposal(1, {0}));
    store.append(proposal(2, {1, 0}));
    store.append(
        0,
        {.metrics = {{"a", 0.1 + 0.2}, {"b", -infinity}, {"c", std::nan("")}, {"tiny", 4.9e-324}},
         .message = "",
         .epochs = {{0, {{"q", 1.0 / 3}}}, {1, {}}, {2, {{"q", 0.5}, {"r", 7}}}},
         .seconds = 1.5});
    store.append(1, {.status = Status::duplicate, .message = "same", .duplicate_of = 0});
    store.append({.proposal = 0,
                  .start = "scratch",
                  .seed = 1,
                  .metrics = {{"test_accuracy", 0.7}},
                  .weights = "finals/x"});
  }
  const Store store = Store::read(folder.path);
  CHECK(store.fact("name") == "x");
  CHECK_FALSE(store.fact("nothing"));
  const History history = store.history();
  REQUIRE(history.size() == 3);
  CHECK(history.proposal(2) == proposal(2, {1, 0}));
  const Result& result = *history.result(0);
  CHECK(result.metrics.at("a") == 0.1 + 0.2);
  CHECK(result.metrics.at("b") == -infinity);
  CHECK(std::isnan(result.metrics.at("c")));
  CHECK(result.metrics.at("tiny") == 4.9e-324);
  REQUIRE(result.epochs.size() == 3);
  CHECK(result.epochs[1].metrics.empty());
  CHECK(result.epochs[2].metrics.at("r") == 7);
  CHECK(history.result(1)->duplicate_of == 0);
  CHECK_FALSE(history.result(2));
  REQUIRE(store.finals().size() == 1);
  CHECK(store.finals()[0].metrics.at("test_accuracy") == 0.7);
}

// When a child dies: `microseconds` after it has begun so many candidates; 0: it lives.
struct Death {
  int candidates = 0;
  int microseconds = 0;
};

// The process that is killed: this program again, running the test case `store child` in the folder
// it is told. A fork alone would not do, since threads do not survive one.
pid_t start_child(const fs::path& folder, const Death& death = {}) {
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("LAMARCK_STORE_CHILD", folder.c_str(), 1);
  setenv("LAMARCK_STORE_CANDIDATES", std::to_string(death.candidates).c_str(), 1);
  setenv("LAMARCK_STORE_MICROSECONDS", std::to_string(death.microseconds).c_str(), 1);
  execl("/proc/self/exe", "test_search", "store child", static_cast<char*>(nullptr));
  _exit(127);
}

TEST_CASE("store child", "[.]") {
  const char* folder = std::getenv("LAMARCK_STORE_CHILD");
  if (!folder) return;
  const int candidates = std::atoi(std::getenv("LAMARCK_STORE_CANDIDATES"));
  const int microseconds = std::atoi(std::getenv("LAMARCK_STORE_MICROSECONDS"));
  BitEvaluator evaluator;
  evaluator.sleep = true;
  evaluator.weights = true;
  MortalEvaluator mortal{evaluator, candidates, std::chrono::microseconds{microseconds}};
  Store store =
      fs::exists(fs::path{folder} / "run.db") ? Store::open(folder) : Store::create(folder, {});
  drive_store(store, candidates > 0 ? static_cast<Evaluator&>(mortal) : evaluator, 100);
}

TEST_CASE("a run killed at any moment ends as one that was not", "[store]") {
  const Folder whole;
  int status = 0;
  waitpid(start_child(whole.path), &status, 0);
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  const std::string expected = told(Store::read(whole.path).history());
  REQUIRE(Store::read(whole.path).history().evaluations() == 100);

  const Folder folder;
  Random random{11};
  int kills = 0;
  for (bool finished = false; !finished;) {
    Death death{.candidates = static_cast<int>(1 + random.below(6)),
                .microseconds = static_cast<int>(random.below(8'000))};
    if (kills == 25) death = {};
    waitpid(start_child(folder.path, death), &status, 0);
    if (WIFSIGNALED(status)) {
      REQUIRE(WTERMSIG(status) == SIGKILL);
      ++kills;
    } else {
      REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
      finished = true;
    }
  }
  // A child gets through eleven candidates at most, so that a hundred take nine lives.
  CHECK(kills >= 8);
  const Store store = Store::open(folder.path);
  CHECK(told(store.history()) == expected);
  // Disk use is bounded, and what is kept is what an undisturbed run keeps.
  CHECK(files_in(folder.path / "weights") == files_in(whole.path / "weights"));
  CHECK(files_in(folder.path / "weights").size() < 30);
}

TEST_CASE("a run killed while it is being made can be made again", "[store]") {
  const Folder runs;
  fs::create_directory(runs.path);
  Random random{12};
  for (int kills = 0; kills < 40; ++kills) {
    const fs::path folder = runs.path / std::to_string(kills);
    const pid_t child = fork();
    if (child == 0)
      for (int run = 0;; ++run)
        static_cast<void>(Store::create(folder / std::to_string(run), {{"name", "x"}}));
    std::this_thread::sleep_for(std::chrono::microseconds{1'000 + random.below(10'000)});
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    if (!fs::exists(folder)) continue;
    for (const auto& run : fs::directory_iterator{folder}) {
      INFO(run.path());
      const bool made = fs::exists(run.path() / "run.db");
      CHECK_NOTHROW(made ? Store::open(run.path()) : Store::create(run.path(), {{"name", "x"}}));
    }
  }
}

TEST_CASE("files that no row names are swept away", "[store]") {
  const Folder folder;
  { Store store = Store::create(folder.path, {}); }
  std::ofstream{folder.path / "weights" / "7.safetensors"} << "stray";
  std::ofstream{folder.path / "weights" / "8.safetensors.tmp-1-2"} << "half";
  { const Store store = Store::open(folder.path); }
  CHECK(files_in(folder.path / "weights").empty());
}

TEST_CASE("one process drives a run and others may look", "[store]") {
  const Folder folder;
  Store store = Store::create(folder.path, {});
  store.append(proposal(0));
  CHECK(message_of(folder.path).find("process " + std::to_string(getpid())) != std::string::npos);
  const Store reader = Store::read(folder.path);
  CHECK(reader.history().size() == 1);
  store.append(proposal(1));
  CHECK(reader.history().size() == 2);
  CHECK(reader.locked_by() == getpid());
}

TEST_CASE("what is no sound run is told apart", "[store]") {
  const Folder folder;
  {
    Store store = Store::create(folder.path, {});
    store.append(proposal(0));
    std::ofstream{store.weights_path(0)} << "weights";
    store.append(0, {.metrics = {{"a", 1}}, .message = ""});
  }
  CHECK_THROWS_AS(Store::create(folder.path, {}), IoError);
  CHECK(message_of(folder.path / "nowhere").find("no run") != std::string::npos);
  const auto db = folder.path / "run.db";
  SECTION("sound") { CHECK(message_of(folder.path).empty()); }
  SECTION("text") {
    std::ofstream{db} << "not a database";
    CHECK(message_of(folder.path).find("damaged") != std::string::npos);
  }
  SECTION("weights gone") {
    fs::remove(folder.path / "weights" / "0.safetensors");
    CHECK(message_of(folder.path).find("missing") != std::string::npos);
  }
  SECTION("weights cut") {
    fs::resize_file(folder.path / "weights" / "0.safetensors", 3);
    CHECK(message_of(folder.path).find("expected 7 bytes, found 3") != std::string::npos);
  }
}

TEST_CASE("weights whose contents changed or final weights that went are noticed", "[store]") {
  const Folder folder;
  {
    Store store = Store::create(folder.path, {});
    store.append(proposal(0));
    std::ofstream{store.weights_path(0)} << "weights";
    store.append(0, {.metrics = {{"a", 1}}, .message = ""});
    std::ofstream{folder.path / "finals" / "0.safetensors"} << "final";
    store.append({.proposal = 0,
                  .start = "scratch",
                  .seed = 0,
                  .metrics = {},
                  .weights = "finals/0.safetensors"});
    store.append(
        {.proposal = 0, .start = "scratch", .seed = 1, .metrics = {}, .message = "diverged"});
  }
  CHECK(message_of(folder.path).empty());
  CHECK(Store::read(folder.path).finals().at(1).message == "diverged");
  SECTION("a bit flipped") {
    std::fstream{folder.path / "weights" / "0.safetensors", std::ios::in | std::ios::out}
        << "Weights";
    CHECK(message_of(folder.path).find("contents have changed") != std::string::npos);
  }
  SECTION("a finalist's weights gone") {
    fs::remove(folder.path / "finals" / "0.safetensors");
    CHECK(message_of(folder.path).find("missing") != std::string::npos);
  }
}

TEST_CASE("whoever asks for the driver of a run is in nobody's way", "[store]") {
  const Folder folder;
  Store reader = [&] {
    static_cast<void>(Store::create(folder.path, {}));
    return Store::read(folder.path);
  }();
  CHECK_FALSE(reader.locked_by());
  CHECK_NOTHROW(Store::open(folder.path));
}

TEST_CASE("dropped weights go and kept ones stay", "[store]") {
  const Folder folder;
  Store store = Store::create(folder.path, {});
  for (std::size_t id = 0; id < 4; ++id) {
    store.append(proposal(id));
    std::ofstream{store.weights_path(id)} << "w";
    store.append(id, {.metrics = {}, .message = ""});
  }
  store.keep_weights({1, 3});
  CHECK(files_in(folder.path / "weights") ==
        std::set<std::string>{"1.safetensors", "3.safetensors"});
}
