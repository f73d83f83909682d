// SPDX-License-Identifier: Apache-2.0
#include "engine/system/sqlite.h"

#include <gmock/gmock.h>

#include "support/temp_folder.h"

namespace assay::system {
namespace {

using Access = SqliteDatabase::Access;

TEST(Sqlite, KeepsTextAndNumbers) {
  const test::TempFolder folder;
  const std::string text = std::string("it's \0 中", 10);
  {
    auto database = SqliteDatabase::open(folder / "x.db", Access::kWrite);
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE(database->run("CREATE TABLE t (a TEXT, b INTEGER); BEGIN"));
    auto insert = database->prepare("INSERT INTO t VALUES (?, ?)");
    ASSERT_TRUE(insert);
    for (const std::int64_t number : {INT64_MIN, std::int64_t{0}, INT64_MAX}) {
      insert->reset();
      ASSERT_FALSE(insert->bind(1, text).bind(2, number).step().value());
    }
    ASSERT_TRUE(database->run("COMMIT"));
  }
  auto database = SqliteDatabase::open(folder / "x.db", Access::kRead);
  ASSERT_TRUE(database);
  auto select = database->prepare("SELECT a, b, NULL FROM t ORDER BY b");
  ASSERT_TRUE(select);
  std::vector<std::int64_t> numbers;
  while (select->step().value()) {
    EXPECT_EQ(select->text(0), text);
    EXPECT_EQ(select->text(2), "");
    EXPECT_EQ(select->number(2), 0);
    numbers.push_back(select->number(1));
  }
  EXPECT_THAT(numbers, testing::ElementsAre(INT64_MIN, 0, INT64_MAX));
  EXPECT_FALSE(database->run("DELETE FROM t")) << "opened to be read";
}

TEST(Sqlite, ErrorsNameTheFile) {
  const test::TempFolder folder;
  EXPECT_FALSE(SqliteDatabase::open(folder / "none.db", Access::kRead));
  EXPECT_FALSE(SqliteDatabase::open(folder / "none/x.db", Access::kWrite));
  const auto file = folder.write("x.db", std::string(5000, 'x'));
  auto database = SqliteDatabase::open(file, Access::kWrite);
  ASSERT_TRUE(database) << "it is looked at when it is used";
  const auto result = database->run("CREATE TABLE t (a)");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot use the database '" + file.string() + "': file is not a database");
  auto wrong = SqliteDatabase::open(folder / "y.db", Access::kWrite);
  EXPECT_FALSE(wrong->prepare("SELECT nonsense"));
}

TEST(Sqlite, ASchemaOfSomebodyElseCannotAct) {
  const test::TempFolder folder;
  auto database = SqliteDatabase::open(folder / "x.db", Access::kWrite);
  ASSERT_TRUE(database);
  ASSERT_TRUE(
      database->run("CREATE TABLE t (a); CREATE TABLE log (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN "
                    "INSERT INTO log VALUES (1); END; CREATE VIEW v AS SELECT 1"));
  ASSERT_TRUE(database->run("INSERT INTO t VALUES (1)"));
  auto count = database->prepare("SELECT count(*) FROM log");
  ASSERT_TRUE(count && count->step().value());
  EXPECT_EQ(count->number(0), 0) << "triggers are off";
  EXPECT_FALSE(database->prepare("SELECT * FROM v")) << "and so are views";
}

}  // namespace
}  // namespace assay::system
