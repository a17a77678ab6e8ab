#include "search/store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "nn/formats/files.hpp"
#include "search/detail/read_history.hpp"
#include "search/detail/run_lock.hpp"
#include "search/detail/schema.hpp"
#include "search/detail/sqlite.hpp"

namespace lamarck::search {

namespace fs = std::filesystem;
using detail::Database;
using detail::Statement;
using detail::Transaction;

namespace {

std::int64_t signed_bits(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::int64_t key_of(std::size_t id) { return static_cast<std::int64_t>(id); }

std::string weights_name(std::size_t id) {
  return "weights/" + std::to_string(id) + ".safetensors";
}

std::int64_t single_integer(Database& database, const char* sql) {
  Statement statement{database, sql};
  statement.step();
  return statement.integer(0);
}

std::int64_t hash_of(const fs::path& file) {
  constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();
  return signed_bits(stable_hash(nn::read_file(file, kAnySize)));
}

std::int64_t schema_of(Database& database) {
  return single_integer(database, "PRAGMA user_version");
}

// Runs of schema 1 knew no epochs of their own for a candidate: all had the experiment's.
void upgrade(Database& database) {
  if (schema_of(database) == Store::kSchema) return;
  Transaction transaction{database};
  database.execute("ALTER TABLE proposals ADD COLUMN epochs INTEGER NOT NULL DEFAULT 0");
  database.execute(("PRAGMA user_version = " + std::to_string(Store::kSchema)).c_str());
  transaction.commit();
}

// What must hold before a database is trusted with a run.
void check_database(Database& database, const std::string& folder) {
  if (single_integer(database, "PRAGMA application_id") != detail::kApplicationId)
    throw IoError(database.file() + ": damaged, or no run of Lamarck's");
  const auto schema = schema_of(database);
  if (schema < 1 || schema > Store::kSchema)
    throw IoError(folder + ": schema " + std::to_string(schema) + ", this build reads up to " +
                  std::to_string(Store::kSchema));
}

void check_integrity(Database& database) {
  Statement check{database, "PRAGMA quick_check(1)"};
  check.step();
  if (const std::string found = check.text(0); found != "ok")
    throw IoError(database.file() + ": damaged: " + found);
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

struct Store::Impl {
  fs::path folder;
  std::unique_ptr<detail::RunLock> lock;  // first: taken before, given back after the database
  std::unique_ptr<Database> database;
  std::set<std::size_t> kept;   // finished candidates whose weights are there
  std::optional<History> read;  // by open(), until something is appended

  void check_weights() {
    Statement rows{*database, "SELECT proposal, file, bytes, hash FROM artifacts"};
    while (rows.step()) {
      const fs::path file = folder / rows.text(1);
      std::error_code none;
      const auto bytes = fs::file_size(file, none);
      if (none) throw IoError(file.string() + ": damaged run: the file is missing");
      if (static_cast<std::int64_t>(bytes) != rows.integer(2))
        throw IoError(file.string() + ": damaged run: expected " + std::to_string(rows.integer(2)) +
                      " bytes, found " + std::to_string(bytes));
      if (hash_of(file) != rows.integer(3))
        throw IoError(file.string() + ": damaged run: its contents have changed");
      kept.insert(static_cast<std::size_t>(rows.integer(0)));
    }
    Statement finals{*database, "SELECT weights FROM finals WHERE weights <> ''"};
    while (finals.step())
      if (const fs::path file = folder / finals.text(0); !fs::exists(file))
        throw IoError(file.string() + ": damaged run: the file is missing");
  }

  // Files that a kill left behind: half-written ones, and weights that no row names.
  void sweep() const {
    std::set<std::string> named;
    for (const std::size_t id : kept) named.insert(fs::path{weights_name(id)}.filename());
    Statement finals{*database, "SELECT weights FROM finals WHERE weights <> ''"};
    std::set<std::string> final_names;
    while (finals.step()) final_names.insert(fs::path{finals.text(0)}.filename());
    const auto sweep_folder = [](const fs::path& where, const std::set<std::string>& names) {
      std::vector<fs::path> strays;
      for (const auto& entry : fs::directory_iterator(where))
        if (names.count(entry.path().filename()) == 0) strays.push_back(entry.path());
      for (const auto& stray : strays) fs::remove(stray);
    };
    sweep_folder(folder / "weights", named);
    sweep_folder(folder / "finals", final_names);
  }

  void insert_metrics(std::size_t id, const Metrics& metrics) {
    Statement insert{*database, "INSERT INTO metrics VALUES (?, ?, ?)"};
    for (const auto& [name, value] : metrics)
      insert.bind(1, key_of(id)).bind(2, name).bind(3, value).run();
  }
};

Store::Store(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::create(const fs::path& folder, const std::map<std::string, std::string>& facts,
                    const std::map<std::string, fs::path>& files) {
  std::error_code error;
  const bool there =
      fs::exists(folder, error) && !(fs::is_directory(folder) && fs::is_empty(folder));
  // A run that was killed while it was being made holds nothing yet and may be made again.
  if (there && (!fs::is_directory(folder) || fs::exists(folder / "run.db") ||
                !fs::exists(folder / "run.lock")))
    throw IoError(folder.string() + ": exists already; go on with it by `lamarck resume " +
                  folder.string() + "`, or choose another folder with --run");
  fs::create_directories(folder, error);
  if (error) throw IoError(folder.string() + ": cannot be made: " + error.message());

  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  // The lock before anything else, so that the folder is known as one that was being made.
  impl->lock = std::make_unique<detail::RunLock>(folder);
  fs::create_directories(folder / "weights", error);
  if (!error) fs::create_directories(folder / "finals", error);
  if (error) throw IoError(folder.string() + ": cannot be made: " + error.message());
  if (fs::exists(folder / "run.db"))  // another process made it since
    throw IoError(folder.string() + ": exists already");
  // Before the database, so that a run that is there has all of them.
  for (const auto& [name, from] : files) {
    const fs::path file = folder / name;
    fs::create_directories(file.parent_path(), error);
    if (error) throw IoError(file.parent_path().string() + ": cannot be made: " + error.message());
    nn::write_file_atomically(file, nn::read_file(from, std::numeric_limits<std::size_t>::max()));
  }
  // Built under another name, so that a run.db is whole from its first moment.
  const fs::path draft = folder / "run.db.new";
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(draft.string() + suffix);
  {
    Database database{draft, Database::Mode::create};
    Transaction transaction{database};
    database.execute(detail::kSchemaSql);
    database.execute(("PRAGMA application_id = " + std::to_string(detail::kApplicationId)).c_str());
    database.execute(("PRAGMA user_version = " + std::to_string(kSchema)).c_str());
    Statement insert{database, "INSERT INTO run VALUES (?, ?)"};
    for (const auto& [key, value] : facts) insert.bind(1, key).bind(2, value).run();
    transaction.commit();
  }
  fs::rename(draft, folder / "run.db", error);
  if (error) throw IoError(folder.string() + ": cannot be made: " + error.message());
  sync_folder(folder);
  impl->database = std::make_unique<Database>(folder / "run.db", Database::Mode::write);
  impl->database->execute("PRAGMA journal_mode = WAL");
  return Store{std::move(impl)};
}

Store Store::open(const fs::path& folder) {
  if (!fs::exists(folder / "run.db"))
    throw IoError(folder.string() + ": there is no run here (no run.db)");
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->lock = std::make_unique<detail::RunLock>(folder);
  impl->database = std::make_unique<Database>(folder / "run.db", Database::Mode::write);
  check_database(*impl->database, folder.string());
  {
    // Both look at every row: side by side.
    auto check = std::async(std::launch::async, [&] {
      Database database{folder / "run.db", Database::Mode::read};
      check_integrity(database);
    });
    impl->read = detail::read_history(*impl->database);
    check.get();
  }
  // A log that a full disk left behind goes into the database before it grows any further.
  impl->database->execute("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
  upgrade(*impl->database);
  impl->check_weights();
  impl->sweep();
  return Store{std::move(impl)};
}

Store Store::read(const fs::path& folder) {
  if (!fs::exists(folder / "run.db"))
    throw IoError(folder.string() + ": there is no run here (no run.db)");
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->database = std::make_unique<Database>(folder / "run.db", Database::Mode::read);
  check_database(*impl->database, folder.string());
  return Store{std::move(impl)};
}

const fs::path& Store::folder() const { return impl_->folder; }

std::optional<std::string> Store::fact(const std::string& key) const {
  Statement select{*impl_->database, "SELECT value FROM run WHERE key = ?"};
  select.bind(1, key);
  if (!select.step()) return std::nullopt;
  return select.text(0);
}

std::map<std::string, std::string> Store::facts() const {
  std::map<std::string, std::string> facts;
  Statement select{*impl_->database, "SELECT key, value FROM run"};
  while (select.step()) facts[select.text(0)] = select.text(1);
  return facts;
}

void Store::set_fact(const std::string& key, const std::string& value) {
  Statement{*impl_->database, "INSERT OR REPLACE INTO run VALUES (?, ?)"}
      .bind(1, key)
      .bind(2, value)
      .run();
}

std::optional<long> Store::locked_by() const { return detail::RunLock::holder(impl_->folder); }

History Store::history() const {
  if (auto read = std::exchange(impl_->read, std::nullopt)) return std::move(*read);
  return detail::read_history(*impl_->database);
}

void Store::append(const Proposal& proposal) {
  impl_->read.reset();
  Database& database = *impl_->database;
  Transaction transaction{database};
  Statement{database, "INSERT INTO proposals VALUES (?, ?, ?, ?, ?, ?)"}
      .bind(1, key_of(proposal.id))
      .bind(2, proposal.genome.text)
      .bind(3, proposal.key)
      .bind(4, proposal.origin)
      .bind(5, signed_bits(proposal.seed))
      .bind(6, std::int64_t{proposal.epochs})
      .run();
  Statement parent{database, "INSERT INTO parents VALUES (?, ?, ?)"};
  for (std::size_t i = 0; i < proposal.parents.size(); ++i)
    parent.bind(1, key_of(proposal.id))
        .bind(2, key_of(i))
        .bind(3, key_of(proposal.parents[i]))
        .run();
  Statement edit{database, "INSERT INTO edits VALUES (?, ?, ?)"};
  for (std::size_t i = 0; i < proposal.edits.size(); ++i)
    edit.bind(1, key_of(proposal.id)).bind(2, key_of(i)).bind(3, proposal.edits[i]).run();
  transaction.commit();
}

void Store::append(std::size_t id, const Result& result) {
  impl_->read.reset();
  Database& database = *impl_->database;
  Transaction transaction{database};
  Statement insert{database, "INSERT INTO results VALUES (?, ?, ?, ?, ?)"};
  insert.bind(1, key_of(id))
      .bind(2, std::string{name(result.status)})
      .bind(3, result.message)
      .bind(5, result.seconds);
  if (result.duplicate_of)
    insert.bind(4, key_of(*result.duplicate_of));
  else
    insert.bind_null(4);
  insert.run();
  impl_->insert_metrics(id, result.metrics);
  Statement epoch{database, "INSERT INTO epochs VALUES (?, ?, ?, ?, ?)"};
  for (std::size_t i = 0; i < result.epochs.size(); ++i) {
    const auto put = [&](const std::string& name, double value) {
      epoch.bind(1, key_of(id))
          .bind(2, key_of(i))
          .bind(3, std::int64_t{result.epochs[i].epoch})
          .bind(4, name)
          .bind(5, value)
          .run();
    };
    for (const auto& [name, value] : result.epochs[i].metrics) put(name, value);
    if (result.epochs[i].metrics.empty())
      put("", 0);  // a row without numbers is a row all the same
  }
  const bool weights = fs::exists(impl_->folder / weights_name(id));
  if (weights)
    Statement{database, "INSERT INTO artifacts VALUES (?, 'weights', ?, ?, ?)"}
        .bind(1, key_of(id))
        .bind(2, weights_name(id))
        .bind(3, static_cast<std::int64_t>(fs::file_size(impl_->folder / weights_name(id))))
        .bind(4, hash_of(impl_->folder / weights_name(id)))
        .run();
  transaction.commit();
  if (weights) impl_->kept.insert(id);
}

fs::path Store::weights_path(std::size_t id) const { return impl_->folder / weights_name(id); }

void Store::keep_weights(const std::vector<std::size_t>& keep) {
  std::vector<std::size_t> gone;
  for (const std::size_t id : impl_->kept)
    if (!std::binary_search(keep.begin(), keep.end(), id)) gone.push_back(id);
  if (gone.empty()) return;
  // Rows first: a file without a row is swept at resume, a row without a file would be damage.
  Transaction transaction{*impl_->database};
  Statement remove{*impl_->database,
                   "DELETE FROM artifacts WHERE proposal = ? AND kind = 'weights'"};
  for (const std::size_t id : gone) remove.bind(1, key_of(id)).run();
  transaction.commit();
  for (const std::size_t id : gone) {
    std::error_code ignored;
    fs::remove(weights_path(id), ignored);
    impl_->kept.erase(id);
  }
}

void Store::append(const FinalRow& row) {
  Database& database = *impl_->database;
  Transaction transaction{database};
  Statement{database, "INSERT INTO finals VALUES (?, ?, ?, ?, ?)"}
      .bind(1, key_of(row.proposal))
      .bind(2, row.start)
      .bind(3, std::int64_t{row.seed})
      .bind(4, row.weights)
      .bind(5, row.message)
      .run();
  Statement metric{database, "INSERT INTO final_metrics VALUES (?, ?, ?, ?, ?)"};
  for (const auto& [name, value] : row.metrics)
    metric.bind(1, key_of(row.proposal))
        .bind(2, row.start)
        .bind(3, std::int64_t{row.seed})
        .bind(4, name)
        .bind(5, value)
        .run();
  transaction.commit();
}

std::vector<FinalRow> Store::finals() const {
  std::vector<FinalRow> rows;
  Statement select{
      *impl_->database,
      "SELECT proposal, start, seed, weights, message FROM finals ORDER BY proposal, start, seed"};
  Statement metrics{
      *impl_->database,
      "SELECT name, value FROM final_metrics WHERE proposal = ? AND start = ? AND seed = ?"};
  while (select.step()) {
    FinalRow row{.proposal = static_cast<std::size_t>(select.integer(0)),
                 .start = select.text(1),
                 .seed = static_cast<int>(select.integer(2)),
                 .metrics = {},
                 .weights = select.text(3),
                 .message = select.text(4)};
    metrics.bind(1, key_of(row.proposal)).bind(2, row.start).bind(3, std::int64_t{row.seed});
    while (metrics.step()) row.metrics[metrics.text(0)] = metrics.real(1);
    metrics.reset();
    rows.push_back(std::move(row));
  }
  return rows;
}

fs::path Store::final_weights_path(std::size_t proposal, const std::string& start, int seed) const {
  return "finals/" + std::to_string(proposal) + "-" + start + "-" + std::to_string(seed) +
         ".safetensors";
}

}  // namespace lamarck::search
