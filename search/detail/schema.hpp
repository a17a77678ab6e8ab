// The tables of a run, as docs/run-store.md explains them.
#pragma once

namespace lamarck::search::detail {

inline constexpr int kApplicationId = 0x4C4D4B31;  // "LMK1": tells a run from any other database

inline constexpr const char* kSchemaSql = R"sql(
CREATE TABLE run (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE proposals (
  id     INTEGER PRIMARY KEY,
  genome TEXT NOT NULL,
  key    TEXT NOT NULL,
  origin TEXT NOT NULL,
  seed   INTEGER NOT NULL,
  epochs INTEGER NOT NULL
) STRICT;
CREATE TABLE parents (
  proposal INTEGER NOT NULL REFERENCES proposals(id),
  position INTEGER NOT NULL,
  parent   INTEGER NOT NULL REFERENCES proposals(id),
  PRIMARY KEY (proposal, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE edits (
  proposal INTEGER NOT NULL REFERENCES proposals(id),
  position INTEGER NOT NULL,
  edit     TEXT NOT NULL,
  PRIMARY KEY (proposal, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE results (
  proposal     INTEGER PRIMARY KEY REFERENCES proposals(id),
  status       TEXT NOT NULL CHECK (status IN ('done', 'duplicate', 'rejected', 'diverged', 'failed')),
  message      TEXT NOT NULL,
  duplicate_of INTEGER REFERENCES proposals(id),
  seconds      REAL NOT NULL
) STRICT;
CREATE TABLE metrics (
  proposal INTEGER NOT NULL REFERENCES results(proposal),
  name     TEXT NOT NULL,
  value    ANY NOT NULL,
  PRIMARY KEY (proposal, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
  proposal INTEGER NOT NULL REFERENCES results(proposal),
  position INTEGER NOT NULL,
  epoch    INTEGER NOT NULL,
  name     TEXT NOT NULL,
  value    ANY NOT NULL,
  PRIMARY KEY (proposal, position, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE artifacts (
  proposal INTEGER NOT NULL REFERENCES results(proposal),
  kind     TEXT NOT NULL,
  file     TEXT NOT NULL,
  bytes    INTEGER NOT NULL,
  hash     INTEGER NOT NULL,
  PRIMARY KEY (proposal, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE finals (
  proposal INTEGER NOT NULL REFERENCES proposals(id),
  start    TEXT NOT NULL,
  seed     INTEGER NOT NULL,
  weights  TEXT NOT NULL,
  message  TEXT NOT NULL,
  PRIMARY KEY (proposal, start, seed)
) STRICT, WITHOUT ROWID;
CREATE TABLE final_metrics (
  proposal INTEGER NOT NULL,
  start    TEXT NOT NULL,
  seed     INTEGER NOT NULL,
  name     TEXT NOT NULL,
  value    ANY NOT NULL,
  PRIMARY KEY (proposal, start, seed, name),
  FOREIGN KEY (proposal, start, seed) REFERENCES finals(proposal, start, seed)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace lamarck::search::detail
