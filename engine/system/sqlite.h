// SPDX-License-Identifier: Apache-2.0
// A small database in one file, by SQLite. Not shared between threads; several processes may use one file at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace assay::system {

// A statement, made once and carried out as often as wanted. Must not outlive its database.
class SqliteStatement {
 public:
  // Parameters count from 1. Errors show themselves in step().
  SqliteStatement& bind(int parameter, std::string_view text);
  SqliteStatement& bind(int parameter, std::int64_t number);
  // True: there is a row to look at. False: it is carried out.
  Result<bool> step();
  // Columns count from 0. Another type is converted as SQLite does; null is "" and 0.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  // Ready to be carried out again, with new parameters.
  void reset();

 private:
  friend class SqliteDatabase;
  struct Free {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Free> statement_;
};

class SqliteDatabase {
 public:
  enum class Access : std::uint8_t { kRead, kWrite };  // kWrite makes the file where there is none
  // Waits up to two seconds for others that write. kSystem: not a database, damaged, not to be opened.
  static Result<SqliteDatabase> open(const std::filesystem::path& file, Access access);

  // Statements without results, one or several.
  Result<void> run(const std::string& sql);
  Result<SqliteStatement> prepare(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace assay::system
