// A history is read as it was written, and rows that do not belong together are told.
#include "search/detail/read_history.hpp"

#include "kernels/error.hpp"
#include "search/store.hpp"
#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

Metrics random_metrics(Random& random) {
  Metrics metrics;
  for (const char* name : {"accuracy", "loss", "macs", "a name that is long"})
    if (random.chance(0.7)) metrics[name] = random.uniform();
  return metrics;
}

History random_history(std::size_t size, Random& random) {
  History history;
  for (std::size_t id = 0; id < size; ++id) {
    Proposal proposal{.id = id,
                      .genome = {"g" + std::to_string(id)},
                      .key = "k" + std::to_string(random.below(size)),
                      .origin = "random",
                      .seed = random.seed()};
    for (std::size_t i = 0; id > 0 && i < random.below(3); ++i)
      proposal.parents.push_back(random.below(id));
    for (std::size_t i = 0; i < random.below(3); ++i)
      proposal.edits.push_back("edit " + std::to_string(i));
    history.add(std::move(proposal));
    if (random.chance(0.2)) continue;  // under way
    Result result{.status = static_cast<Status>(random.below(5)),
                  .metrics = random_metrics(random),
                  .message = random.chance(0.5) ? "" : "why"};
    if (result.status == Status::duplicate && id > 0) result.duplicate_of = random.below(id);
    for (std::size_t epoch = 0; epoch < random.below(3); ++epoch)
      result.epochs.push_back({static_cast<int>(epoch), random_metrics(random)});
    history.add(id, std::move(result));
  }
  return history;
}

void write(const std::filesystem::path& folder, const History& history) {
  Store store = Store::create(folder, {});
  for (std::size_t id = 0; id < history.size(); ++id) {
    store.append(history.proposal(id));
    if (const Result* result = history.result(id)) store.append(id, *result);
  }
}

}  // namespace

TEST_CASE("a history is read as it was written", "[store]") {
  const TempFolder folder;
  Random random{GENERATE(1, 2, 3)};
  const History history = random_history(60, random);
  write(folder / "run", history);
  const History read = Store::read(folder / "run").history();
  CHECK(told(read) == told(history));
  CHECK(read.evaluations() == history.evaluations());
  for (std::size_t id = 0; id < history.size(); ++id) {
    CHECK(read.proposal(id) == history.proposal(id));
    if (const Result* result = history.result(id))
      CHECK(read.result(id)->duplicate_of == result->duplicate_of);
  }
}

TEST_CASE("a run that was opened gives its history with what was appended since", "[store]") {
  const TempFolder folder;
  Random random{4};
  const History history = random_history(30, random);
  write(folder / "run", history);
  Store store = Store::open(folder / "run");
  const Proposal next{.id = 30, .genome = {"g"}, .key = "new", .origin = "random"};
  const Result result{.metrics = {{"a", 1}}, .message = ""};
  SECTION("before anything is") {}
  SECTION("asked for once before") { CHECK(told(store.history()) == told(history)); }
  if (GENERATE(false, true)) {
    store.append(next);
    CHECK(store.history().size() == 31);
    store.append(30, result);
    CHECK(store.history().result(30)->metrics == result.metrics);
  } else {
    CHECK(told(store.history()) == told(history));
    CHECK(told(store.history()) == told(history));
  }
}

TEST_CASE("rows that belong to nothing are damage and told", "[store]") {
  const TempFolder folder;
  Random random{1};
  History history;
  for (std::size_t id = 0; id < 3; ++id) {
    history.add({.id = id, .genome = {"g"}, .key = std::to_string(id), .origin = "random"});
    if (id < 2) history.add(id, {.metrics = {{"a", 1}}, .message = ""});
  }
  write(folder / "run", history);
  const auto [change, complaint] = GENERATE(table<std::string, std::string>({
      {"DELETE FROM proposals WHERE id = 1", "there is no proposal 1"},
      {"UPDATE proposals SET id = -5 WHERE id = 0", "there is no proposal 0"},
      {"INSERT INTO parents VALUES (-1, 0, 0)", "a parent of no proposal -1"},
      {"INSERT INTO parents VALUES (7, 0, 0)", "a parent of no proposal 7"},
      {"INSERT INTO parents VALUES (1, 0, 1)", "no earlier parent of proposal 1"},
      {"INSERT INTO parents VALUES (1, 0, -1)", "no earlier parent of proposal 1"},
      {"INSERT INTO edits VALUES (7, 0, 'widen')", "an edit of no proposal 7"},
      {"INSERT INTO results VALUES (7, 'done', '', NULL, 0)", "a result of no proposal 7"},
      {"UPDATE results SET duplicate_of = 1 WHERE proposal = 1",
       "no earlier original of proposal 1"},
      {"INSERT INTO metrics VALUES (2, 'a', 1)", "a metric of no result 2"},
      {"INSERT INTO metrics VALUES (7, 'a', 1)", "a metric of no result 7"},
      {"INSERT INTO epochs VALUES (2, 0, 1, 'a', 1)", "an epoch of no result 2"},
      {"INSERT INTO epochs VALUES (1, 1, 1, 'a', 1)", "no such epoch of result 1"},
      {"INSERT INTO epochs VALUES (1, -1, 1, 'a', 1)", "no such epoch of result 1"},
  }));
  INFO(change);
  {
    detail::Database database{folder / "run" / "run.db", detail::Database::Mode::write};
    database.execute("PRAGMA foreign_keys = OFF");
    database.execute(change.c_str());
  }
  CHECK_THROWS_WITH(Store::read(folder / "run").history(),
                    Catch::Contains("run.db: damaged: ") && Catch::EndsWith(complaint));
}
