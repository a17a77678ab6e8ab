// SQLite without its C: a connection, prepared statements, transactions; errors as IoError that
// name the file.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lamarck::search::detail {

class Database;

/// A prepared statement. Bind by position from 1, step through rows, read columns from 0.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, const std::string& value);
  /// NaN, which SQLite would turn into NULL, is stored as the text `nan`.
  Statement& bind(int index, double value);
  Statement& bind_null(int index);
  /// True while there is a row.
  bool step();
  /// Steps through a statement without rows and makes it ready for the next use.
  void run();
  void reset();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view view(int column) const;  ///< until the next step
  [[nodiscard]] std::string text(int column) const { return std::string{view(column)}; }
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Mode { create, write, read };
  /// \throws IoError
  Database(const std::filesystem::path& file, Mode mode);
  void execute(const char* sql);
  [[nodiscard]] const std::string& file() const { return file_; }
  /// \throws IoError `file: what SQLite says`
  [[noreturn]] void fail(int code) const;
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database* database_;
  bool open_ = true;
};

}  // namespace lamarck::search::detail
