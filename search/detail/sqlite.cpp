#include "search/detail/sqlite.hpp"

#include <cmath>

#include "kernels/error.hpp"

namespace lamarck::search::detail {

Statement::Statement(Database& database, const char* sql) : database_{&database} {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql, -1, &raw, nullptr);
  statement_.reset(raw);
  if (code != SQLITE_OK) database.fail(code);
}

Statement& Statement::bind(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_.get(), index, value)) database_->fail(code);
  return *this;
}

Statement& Statement::bind(int index, const std::string& value) {
  const int code = sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code);
  return *this;
}

Statement& Statement::bind(int index, double value) {
  if (std::isnan(value)) return bind(index, std::string{"nan"});
  if (const int code = sqlite3_bind_double(statement_.get(), index, value)) database_->fail(code);
  return *this;
}

Statement& Statement::bind_null(int index) {
  if (const int code = sqlite3_bind_null(statement_.get(), index)) database_->fail(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3_reset(statement_.get());
  database_->fail(code);
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT) return std::nan("");
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view Statement::view(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  const int length = sqlite3_column_bytes(statement_.get(), column);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Database::Database(const std::filesystem::path& file, Mode mode) : file_{file.string()} {
  int flags = SQLITE_OPEN_NOMUTEX;
  std::string name = file_;
  if (mode == Mode::read) {
    flags |= SQLITE_OPEN_READONLY;
    // A folder that cannot be written takes no -shm file; without a log there is nothing to share.
    if (!std::filesystem::exists(file_ + "-wal")) {
      flags |= SQLITE_OPEN_URI;
      std::string quoted;
      for (const char c : std::filesystem::absolute(file).string()) {
        if (c == '%' || c == '?' || c == '#')
          quoted += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
        else
          quoted += c;
      }
      name = "file:" + quoted + "?immutable=1";
    }
  } else {
    flags |= SQLITE_OPEN_READWRITE | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 10'000);  // a reader may hold the log for a moment
  if (mode != Mode::read) execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
}

void Database::execute(const char* sql) {
  if (const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr)) fail(code);
}

void Database::fail(int code) const {
  const int primary = code & 0xff;
  std::string what = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  // The shared memory beside the log is a file too, and the first that finds no room.
  if (primary == SQLITE_FULL || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE ||
      code == SQLITE_IOERR_SHMMAP)
    what =
        "the disk is full or the file may not grow (" + what + "); what was stored before is safe";
  else if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
    what = "damaged: " + what;
  else if (primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN)
    what += "; the folder must be writable to run a search in it";
  throw IoError(file_ + ": " + what);
}

Transaction::Transaction(Database& database) : database_{&database} {
  database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // The error that brought us here is the one to report.
  if (open_) sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_->execute("COMMIT");
  open_ = false;
}

}  // namespace lamarck::search::detail
