// SQLite's values, transactions and errors, as the store relies on them.
#include "search/detail/sqlite.hpp"

#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

using lamarck::IoError;
using lamarck::test::TempFolder;
using lamarck::test::write_bytes;
using namespace lamarck::search::detail;

namespace {

std::int64_t count(Database& database) {
  Statement statement{database, "SELECT count(*) FROM t"};
  REQUIRE(statement.step());
  return statement.integer(0);
}

}  // namespace

TEST_CASE("values come back to the bit", "[sqlite]") {
  const TempFolder folder;
  Database database{folder / "a.db", Database::Mode::create};
  database.execute("CREATE TABLE t (value ANY) STRICT");
  Statement insert{database, "INSERT INTO t VALUES (?)"};
  const std::string text{"with \0 and \xc3\xa9 and 'quotes'", 27};
  const double infinity = std::numeric_limits<double>::infinity();
  insert.bind(1, std::numeric_limits<std::int64_t>::min()).run();
  insert.bind(1, text).run();
  for (const double value : {0.1 + 0.2, -infinity, 4.9e-324, std::nan("")})
    insert.bind(1, value).run();
  insert.bind_null(1).run();

  Statement select{database, "SELECT value FROM t ORDER BY rowid"};
  REQUIRE(select.step());
  CHECK(select.integer(0) == std::numeric_limits<std::int64_t>::min());
  REQUIRE(select.step());
  CHECK(select.text(0) == text);
  for (const double value : {0.1 + 0.2, -infinity, 4.9e-324}) {
    REQUIRE(select.step());
    CHECK(select.real(0) == value);
    CHECK_FALSE(select.is_null(0));
  }
  REQUIRE(select.step());
  CHECK(std::isnan(select.real(0)));
  CHECK_FALSE(select.is_null(0));
  REQUIRE(select.step());
  CHECK(select.is_null(0));
  CHECK_FALSE(select.step());
}

TEST_CASE("a transaction that is not committed leaves nothing", "[sqlite]") {
  const TempFolder folder;
  Database database{folder / "a.db", Database::Mode::create};
  database.execute("CREATE TABLE t (value INTEGER UNIQUE)");
  {
    const Transaction dropped{database};
    database.execute("INSERT INTO t VALUES (1)");
  }
  CHECK(count(database) == 0);
  const auto failing = [&] {
    Transaction transaction{database};
    database.execute("INSERT INTO t VALUES (2); INSERT INTO t VALUES (2)");
    transaction.commit();
  };
  CHECK_THROWS_WITH(failing(), Catch::Contains("a.db") && Catch::Contains("UNIQUE"));
  CHECK(count(database) == 0);
  {
    Transaction transaction{database};
    database.execute("INSERT INTO t VALUES (3)");
    transaction.commit();
  }
  CHECK(count(database) == 1);
}

TEST_CASE("foreign keys hold", "[sqlite]") {
  const TempFolder folder;
  Database database{folder / "a.db", Database::Mode::create};
  database.execute("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p REFERENCES p(id))");
  CHECK_THROWS_AS(database.execute("INSERT INTO t VALUES (7)"), IoError);
}

TEST_CASE("a reader reads whatever its path is called and never writes", "[sqlite]") {
  const TempFolder folder;
  for (const char* name : {"plain.db", "a b.db", "100%25.db", "what?immutable=0#x.db"}) {
    INFO(name);
    const auto file = folder / name;
    {
      Database database{file, Database::Mode::create};
      database.execute("CREATE TABLE t (value); INSERT INTO t VALUES (1)");
    }
    Database reader{file, Database::Mode::read};
    CHECK(count(reader) == 1);
    CHECK_THROWS_AS(reader.execute("INSERT INTO t VALUES (2)"), IoError);
  }
}

TEST_CASE("errors name the file and what is wrong with it", "[sqlite]") {
  const TempFolder folder;
  CHECK_THROWS_WITH((Database{folder / "none.db", Database::Mode::write}),
                    Catch::Contains("none.db"));
  write_bytes(folder / "text.db", std::string(5000, 'x'));
  const auto look = [&] {
    Database database{folder / "text.db", Database::Mode::read};
    database.execute("SELECT * FROM sqlite_master");
  };
  CHECK_THROWS_WITH(look(), Catch::Contains("text.db: damaged"));
  Database database{folder / "a.db", Database::Mode::create};
  CHECK_THROWS_WITH((Statement{database, "SELECT x FROM nowhere"}),
                    Catch::Contains("no such table: nowhere"));
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE})
    CHECK_THROWS_WITH(database.fail(code), Catch::Contains("disk is full"));
}
