// SPDX-License-Identifier: Apache-2.0
#include "engine/system/sqlite.h"

#include <sqlite3.h>

namespace assay::system {
namespace {

tl::unexpected<Diagnostic> sqlite_failure(sqlite3* database) {
  const char* file = database != nullptr ? sqlite3_db_filename(database, "main") : nullptr;
  return failure(Code::kSystem, "cannot use the database '" + std::string(file != nullptr ? file : "") +
                                    "': " + (database != nullptr ? sqlite3_errmsg(database) : "out of memory"));
}

}  // namespace

void SqliteStatement::Free::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
void SqliteDatabase::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

SqliteStatement& SqliteStatement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return sqlite_failure(sqlite3_db_handle(statement_.get()));
}

std::string SqliteStatement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t SqliteStatement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

void SqliteStatement::reset() { sqlite3_reset(statement_.get()); }

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& file, Access access) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (access == Access::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int status = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  SqliteDatabase database(raw);
  if (status != SQLITE_OK) return sqlite_failure(raw);
  sqlite3_busy_timeout(raw, 2000);
  // What a file says of itself is not trusted: no functions in its schema, no writing past the rules.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return database;
}

Result<void> SqliteDatabase::run(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_failure(database_.get());
  return {};
}

Result<SqliteStatement> SqliteDatabase::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK)
    return sqlite_failure(database_.get());
  return SqliteStatement(raw);
}

}  // namespace assay::system
