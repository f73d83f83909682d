// SPDX-License-Identifier: Apache-2.0
#include "engine/record/index.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "engine/record/store.h"
#include "engine/system/sqlite.h"

namespace assay::record {
namespace {

using system::SqliteDatabase;
using system::SqliteStatement;

// Told apart from the tables of other versions: an index of another one is made again.
constexpr const char* kSchema =
    "CREATE TABLE runs (id TEXT PRIMARY KEY, journal_size INTEGER, journal_time INTEGER, name TEXT, kind TEXT, "
    "version TEXT, title TEXT, status TEXT, verdict TEXT, exit_code INTEGER, started TEXT, finished TEXT, machines "
    "TEXT, facts_sha256 TEXT, git_commit TEXT, bytes INTEGER, steps INTEGER, counts TEXT, undo_of TEXT, damage "
    "INTEGER, digest TEXT) WITHOUT ROWID";
constexpr const char* kSelect = "SELECT * FROM runs";
constexpr const char* kInsert = "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// Of a journal: when both are the same, so is what it tells, because a journal only grows.
struct Stamp {
  std::int64_t size = -1;
  std::int64_t time = 0;  // nanoseconds
  bool operator==(const Stamp&) const = default;
};
struct Row {
  Stamp stamp;
  RunSummary run;
};
using Rows = std::unordered_map<std::string, Row>;

Stamp stamp_of(const std::filesystem::path& folder) {
  struct stat status {};
  if (::stat((folder / "journal.jsonl").c_str(), &status) != 0) return {};
  return {.size = status.st_size, .time = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

// Any change of a row that we did not make is found by this digest.
std::string digest_of(const Row& row) {
  const RunSummary& run = row.run;
  return sha256_hex(to_json_line({run.id,
                                  row.stamp.size,
                                  row.stamp.time,
                                  run.name,
                                  run.kind,
                                  run.version,
                                  run.title,
                                  to_string(run.status),
                                  to_string(run.verdict),
                                  run.exit_code,
                                  run.started,
                                  run.finished,
                                  run.machines,
                                  run.facts_sha256,
                                  run.commit,
                                  run.bytes,
                                  run.steps,
                                  run.counts,
                                  run.undo_of,
                                  run.damage}));
}

std::optional<Row> row_from(const SqliteStatement& from) {
  Row row{.stamp = {.size = from.number(1), .time = from.number(2)}};
  RunSummary& run = row.run;
  run.id = from.text(0);
  run.name = from.text(3);
  run.kind = from.text(4);
  run.version = from.text(5);
  run.title = from.text(6);
  run.status = status_from(from.text(7)).value_or(Status::kRunning);
  run.verdict = verdict_from(from.text(8)).value_or(Verdict::kError);
  run.exit_code = static_cast<int>(from.number(9));
  run.started = from.text(10);
  run.finished = from.text(11);
  const auto machines = parse_json(from.text(12), "machines");
  const auto counts = parse_json(from.text(17), "counts");
  if (!machines || !machines->is_array() || !counts || !counts->is_object()) return std::nullopt;
  for (const Json& machine : *machines) {
    if (machine.is_string()) run.machines.push_back(machine.get<std::string>());
  }
  for (const auto& [verdict, count] : counts->items()) {
    if (count.is_number_integer()) run.counts[verdict] = count.get<int>();
  }
  run.facts_sha256 = from.text(13);
  run.commit = from.text(14);
  run.bytes = static_cast<std::uint64_t>(from.number(15));
  run.steps = static_cast<std::uint64_t>(from.number(16));
  run.undo_of = from.text(18);
  run.damage = static_cast<std::uint64_t>(from.number(19));
  if (from.text(20) != digest_of(row)) return std::nullopt;
  return row;
}

Result<void> write_row(SqliteStatement& insert, const Row& row) {
  const RunSummary& run = row.run;
  const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  insert.reset();
  insert.bind(1, run.id).bind(2, row.stamp.size).bind(3, row.stamp.time).bind(4, run.name).bind(5, run.kind);
  insert.bind(6, run.version).bind(7, run.title).bind(8, to_string(run.status)).bind(9, to_string(run.verdict));
  insert.bind(10, std::int64_t{run.exit_code}).bind(11, run.started).bind(12, run.finished);
  insert.bind(13, to_json_line(run.machines)).bind(14, run.facts_sha256).bind(15, run.commit);
  insert.bind(16, number(run.bytes)).bind(17, number(run.steps)).bind(18, to_json_line(run.counts));
  insert.bind(19, run.undo_of).bind(20, number(run.damage)).bind(21, digest_of(row));
  ASSAY_TRY([[maybe_unused]] const bool more, insert.step());
  return {};
}

// The file, held so that nobody takes it away meanwhile: an index is removed only by who holds the lock alone.
class Index {
 public:
  explicit Index(const std::filesystem::path& store)
      : file_(store / "index.db"), lock_file_(store / "locks/index.lock") {}

  Rows load() {
    std::error_code error;
    std::filesystem::create_directories(lock_file_.parent_path(), error);
    lock_.reset(::open(lock_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    const bool writable = lock_ && ::flock(lock_.get(), LOCK_SH) == 0;
    auto rows = open(writable ? SqliteDatabase::Access::kWrite : SqliteDatabase::Access::kRead);
    if (!rows && writable && remove_alone()) rows = open(SqliteDatabase::Access::kWrite);
    if (!rows) database_.reset();
    return rows ? std::move(*rows) : Rows{};
  }

  // One short transaction. Errors are of no account: what is not kept is read from the records the next time.
  void save(const std::vector<const Row*>& changed, const std::vector<std::string>& gone) {
    if (!database_ || (changed.empty() && gone.empty())) return;
    if (!write(changed, gone)) std::ignore = database_->run("ROLLBACK");
  }

 private:
  Result<Rows> open(SqliteDatabase::Access access) {
    database_.reset();
    ASSAY_TRY(SqliteDatabase database, SqliteDatabase::open(file_, access));
    database_.emplace(std::move(database));
    // What a crash of the machine may leave behind is found by the digests of the rows: no waiting for the disk.
    ASSAY_CHECK(database_->run("PRAGMA synchronous=OFF; PRAGMA cell_size_check=ON"));
    std::vector<std::string> objects;
    ASSAY_CHECK(list_objects(objects));
    if (objects.empty() && access == SqliteDatabase::Access::kWrite) {
      // Another process may be first.
      std::ignore = database_->run(std::string("BEGIN IMMEDIATE; ") + kSchema + "; COMMIT");
      std::ignore = database_->run("ROLLBACK");
      ASSAY_CHECK(list_objects(objects));
    }
    if (objects != std::vector<std::string>{kSchema}) return failure(Code::kSystem, "the index has another form");
    Rows rows;
    ASSAY_TRY(SqliteStatement select, database_->prepare(kSelect));
    for (;;) {
      ASSAY_TRY(const bool more, select.step());
      if (!more) return rows;
      if (auto row = row_from(select)) rows.insert_or_assign(row->run.id, std::move(*row));
    }
  }

  Result<void> list_objects(std::vector<std::string>& out) {
    out.clear();
    ASSAY_TRY(SqliteStatement select, database_->prepare("SELECT sql FROM sqlite_schema"));
    for (;;) {
      ASSAY_TRY(const bool more, select.step());
      if (!more) return {};
      out.push_back(select.text(0));
    }
  }

  // A file that is broken goes away with all that SQLite lays beside it.
  bool remove_alone() {
    database_.reset();
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) return false;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((file_.string() + suffix).c_str());
    return ::flock(lock_.get(), LOCK_SH) == 0;
  }

  Result<void> write(const std::vector<const Row*>& changed, const std::vector<std::string>& gone) {
    ASSAY_CHECK(database_->run("BEGIN IMMEDIATE"));
    ASSAY_TRY(SqliteStatement insert, database_->prepare(kInsert));
    for (const Row* row : changed) ASSAY_CHECK(write_row(insert, *row));
    ASSAY_TRY(SqliteStatement remove, database_->prepare("DELETE FROM runs WHERE id = ?"));
    for (const std::string& id : gone) {
      remove.reset();
      ASSAY_TRY([[maybe_unused]] const bool more, remove.bind(1, id).step());
    }
    return database_->run("COMMIT");
  }

  std::filesystem::path file_;
  std::filesystem::path lock_file_;
  UniqueFd lock_;
  std::optional<SqliteDatabase> database_;
};

}  // namespace

StoreSummary summarise_store(const std::filesystem::path& store) {
  StoreSummary out;
  const std::vector<std::string> ids = list_runs(store);
  if (ids.empty()) return out;
  Index index(store);
  Rows known = index.load();
  std::vector<Row> fresh;
  fresh.reserve(ids.size());
  for (const std::string& id : ids) {
    const std::filesystem::path folder = store / "runs" / id;
    const Stamp stamp = stamp_of(folder);  // before the journal is read: what comes meanwhile is seen the next time
    const auto found = known.find(id);
    if (found != known.end() && found->second.stamp == stamp) {
      out.runs.push_back(std::move(found->second.run));
      known.erase(found);
      continue;
    }
    const auto run = read_run(folder);
    if (!run) {
      out.unreadable.push_back(run.error());
      continue;
    }
    known.erase(id);
    ++out.read;
    fresh.push_back({.stamp = stamp, .run = summarise(*run)});
    fresh.back().run.id = id;
    out.runs.push_back(fresh.back().run);
  }
  std::vector<const Row*> changed;
  changed.reserve(fresh.size());
  for (const Row& row : fresh) changed.push_back(&row);
  std::vector<std::string> gone;
  for (const auto& [id, row] : known) gone.push_back(id);
  index.save(changed, gone);
  return out;
}

}  // namespace assay::record
