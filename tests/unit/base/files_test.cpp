// SPDX-License-Identifier: Apache-2.0
#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <vector>

#include "support/temp_folder.h"

#include "support/cases.h"

namespace assay {
namespace {

using test::slurp;
using test::TempFolder;

class Files : public ::testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_.path())) all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    return all;
  }
  TempFolder folder_{"assay 文件"};
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST_F(Files, UniqueFdClosesOnceAndMoves) {
  int raw = -1;
  {
    UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(first);
    raw = first.get();
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): a moved-from descriptor is empty by contract
    EXPECT_EQ(second.get(), raw);
    UniqueFd third;
    EXPECT_FALSE(third);
    third = std::move(second);
    EXPECT_EQ(third.get(), raw);
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST_F(Files, UniqueFdReleasesAndReplaces) {
  UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int raw = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(raw));
  fd.reset(raw);
  fd.reset();
  EXPECT_FALSE(is_open(raw));
}

TEST_F(Files, ReadGivesTheBytes) {
  const std::string bytes("line\r\n\0\xff", 8);
  EXPECT_EQ(read_file(folder_.write("a b", bytes)).value(), bytes);
  EXPECT_EQ(read_file(folder_.write("empty", "")).value(), "");
}

TEST_F(Files, ReadTakesMoreThanOneBuffer) {
  std::string bytes;
  for (int i = 0; i < 40'000; ++i) bytes += std::to_string(i);
  EXPECT_EQ(read_file(folder_.write("large", bytes)).value(), bytes);
}

TEST_F(Files, ReadWorksWhereTheSizeIsNotKnown) {
  const auto text = read_file("/proc/self/status");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("Name:")) << *text;
}

TEST_F(Files, TheLimitIsInclusive) {
  const fs::path path = folder_.write("ten", "0123456789");
  EXPECT_EQ(read_file(path, 10).value(), "0123456789");
  const auto failed = read_file(path, 9);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kTooLarge);
  EXPECT_EQ(failed.error().message, "'" + path.string() + "' is larger than 9 bytes");
}

TEST_F(Files, TheLimitHoldsForEndlessFiles) {
  const auto failed = read_file("/dev/zero", 1'000'000);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "'/dev/zero' is larger than 1000000 bytes");
}

TEST_F(Files, ReadFailuresNameThePathAndTheReason) {
  const fs::path missing = folder_ / "没有.yaml";
  const auto failed = read_file(missing);
  ASSERT_FALSE(failed);
  EXPECT_EQ(render(failed.error()), "error[S002]: cannot read '" + missing.string() + "': No such file or directory\n");
  EXPECT_EQ(read_file(folder_.path()).error().message, "cannot read '" + folder_.path().string() + "': Is a directory");
}

struct FailureCase {
  const char* name;
  int error;
  const char* message;
  const char* help;
};
class SystemFailure : public ::testing::TestWithParam<FailureCase> {};
TEST_P(SystemFailure, HelpsWhereItCan) {
  const Diagnostic diagnostic = system_failure("write", "/a/b", GetParam().error);
  EXPECT_EQ(diagnostic.code, GetParam().error == ENOSPC ? Code::kNoRoom : Code::kSystem);
  EXPECT_EQ(diagnostic.message, GetParam().message);
  EXPECT_EQ(diagnostic.help, GetParam().help);
}
INSTANTIATE_TEST_SUITE_P(
    Errors, SystemFailure,
    ::testing::Values(FailureCase{"DiskFull", ENOSPC, "cannot write '/a/b': No space left on device",
                                  "the disk is full: free some room, or choose another folder"},
                      FailureCase{"ReadOnly", EROFS, "cannot write '/a/b': Read-only file system",
                                  "the file system is read-only: choose a folder that can be written"},
                      FailureCase{"Rights", EACCES, "cannot write '/a/b': Permission denied",
                                  "check who owns it and which rights it has"},
                      FailureCase{"Other", EIO, "cannot write '/a/b': Input/output error", ""}),
    test::case_name);

TEST_F(Files, WritesAtomicallyWithTheModeAskedFor) {
  const fs::path path = folder_ / "report.json";
  const mode_t before = ::umask(077);
  ASSERT_TRUE(write_file_atomically(path, "first"));
  ASSERT_TRUE(write_file_atomically(path, "second", 0600));
  ::umask(before);
  EXPECT_EQ(slurp(path), "second");
  EXPECT_EQ(names(), std::vector<std::string>{"report.json"});
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(Files, AReaderKeepsTheOldBytes) {
  const fs::path path = folder_.write("file", "old");
  const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(write_file_atomically(path, "new"));
  char buffer[8] = {};
  EXPECT_EQ(::read(reader.get(), buffer, sizeof buffer), 3);
  EXPECT_STREQ(buffer, "old");
  EXPECT_EQ(slurp(path), "new");
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNothingElse) {
  const fs::path path = folder_.write("file", "old");
  // A limit on file sizes is the full disk that every user can make.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 4096;
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto failed = write_file_atomically(path, std::string(100'000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cannot write '" + path.string() + "': File too large");
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(Files, AFileInPiecesIsThereWithItsCommit) {
  const fs::path path = folder_.write("file", "old");
  {
    auto file = AtomicFile::create(path, 0640);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("one "));
    AtomicFile moved = std::move(*file);
    ASSERT_TRUE(moved.write("two"));
    EXPECT_EQ(slurp(path), "old");
    ASSERT_TRUE(moved.commit());
  }
  EXPECT_EQ(slurp(path), "one two");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

TEST_F(Files, AFileInPiecesThatIsGivenUpLeavesNothing) {
  const fs::path path = folder_.write("file", "old");
  {
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("new"));
  }
  EXPECT_EQ(slurp(path), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(Files, WritingOverAFolderFailsAndLeavesNothing) {
  fs::create_directories(folder_ / "folder/inside");
  EXPECT_FALSE(write_file_atomically(folder_ / "folder", "bytes"));
  EXPECT_EQ(names(), std::vector<std::string>{"folder"});
}

TEST_F(Files, WritingIntoAMissingFolderNamesTheFile) {
  const fs::path path = folder_ / "missing/file";
  EXPECT_EQ(write_file_atomically(path, "x").error().message,
            "cannot write '" + path.string() + "': No such file or directory");
}

TEST_F(Files, WritesRelativeNames) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  const auto written = write_file_atomically("plain", "bytes");
  fs::current_path(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(slurp(folder_ / "plain"), "bytes");
}

TEST_F(Files, WriteAllReportsAFullDevice) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) GTEST_SKIP() << "/dev/full is missing here";
  const auto failed = write_all(full.get(), "x", "/dev/full");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cannot write '/dev/full': No space left on device");
}

TEST_F(Files, MakesFoldersAndSaysWhyNot) {
  EXPECT_TRUE(make_directories(folder_ / "a/b/c"));
  EXPECT_TRUE(fs::is_directory(folder_ / "a/b/c"));
  EXPECT_TRUE(make_directories(folder_ / "a/b/c"));
  folder_.write("file", "x");
  const auto failed = make_directories(folder_ / "file/below");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            "cannot make the folder '" + (folder_ / "file/below").string() + "': Not a directory");
}

TEST_F(Files, MakesFoldersThatOutliveAPowerCut) {  // that they do: PowerCut in tests/fault
  EXPECT_TRUE(make_durable_directories(folder_ / "a/b/c"));
  EXPECT_TRUE(fs::is_directory(folder_ / "a/b/c"));
  EXPECT_TRUE(make_durable_directories(folder_ / "a/b/c/"));
  EXPECT_TRUE(make_durable_directories(folder_ / "a/b/d/"));
  EXPECT_TRUE(fs::is_directory(folder_ / "a/b/d"));
  EXPECT_TRUE(make_durable_directories(""));
  folder_.write("file", "x");
  const auto failed = make_durable_directories(folder_ / "file/below");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cannot make the folder '" + (folder_ / "file").string() + "': Not a directory");
}

TEST_F(Files, SyncsFoldersOnly) {
  EXPECT_TRUE(sync_directory(folder_.path()));
  const fs::path file = folder_.write("file", "x");
  EXPECT_EQ(sync_directory(file).error().message, "cannot sync the folder '" + file.string() + "': Not a directory");
}

TEST_F(Files, TemporaryDirectoryIsPrivateAndRemoved) {
  fs::path path;
  {
    const auto made = TemporaryDirectory::create(folder_.path(), "step-");
    ASSERT_TRUE(made);
    path = made->path();
    EXPECT_TRUE(path.filename().string().starts_with("step-"));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    fs::create_directories(path / "deep/er");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Files, TemporaryDirectoryMoves) {
  auto made = TemporaryDirectory::create(folder_.path(), "a-");
  ASSERT_TRUE(made);
  const fs::path first = made->path();
  {
    TemporaryDirectory moved(std::move(*made));
    EXPECT_EQ(moved.path(), first);
    auto other = TemporaryDirectory::create(folder_.path(), "b-");
    ASSERT_TRUE(other);
    const fs::path second = other->path();
    moved = std::move(*other);
    EXPECT_EQ(moved.path(), second);
  }
  EXPECT_TRUE(names().empty());
}

// The name of the folder of a process that was killed while it had one.
std::string abandoned(const fs::path& parent, const char* prefix) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto made = TemporaryDirectory::create(parent, prefix);
    std::ofstream(made->path() / "file") << "bytes";
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  for (const auto& entry : fs::directory_iterator(parent)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && fs::exists(entry.path() / "file")) return name;
  }
  return {};
}

TEST_F(Files, AbandonedTemporaryDirectoriesAreRemoved) {
  const auto held = TemporaryDirectory::create(folder_.path(), "a-");
  ASSERT_TRUE(held);
  const std::string other = abandoned(folder_.path(), "b-");
  const std::string dead = abandoned(folder_.path(), "a-");
  ASSERT_FALSE(dead.empty() || other.empty());
  folder_.write("a-person-made/kept", "x");  // longer than what we name
  folder_.write("elsewhere/kept", "x");
  fs::create_symlink(folder_ / "elsewhere", folder_ / "a-linked");  // a link of such a name
  folder_.write("a-a_file", "x");
  TemporaryDirectory::remove_abandoned(folder_.path(), "a-");
  EXPECT_THAT(names(), testing::UnorderedElementsAre(held->path().filename().string(), other, "a-person-made",
                                                     "elsewhere", "a-linked", "a-a_file"));
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere" / "kept"));
  TemporaryDirectory::remove_abandoned(folder_ / "missing", "a-");
}

// Where one process looks for abandoned folders while another makes its own, each keeps what it has made.
TEST_F(Files, ATemporaryDirectoryIsNeverTakenForAnAbandonedOne) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) TemporaryDirectory::remove_abandoned(folder_.path(), "a-");
  }
  for (int i = 0; i < 500; ++i) {
    const auto made = TemporaryDirectory::create(folder_.path(), "a-");
    ASSERT_TRUE(made);
    EXPECT_TRUE(fs::is_directory(made->path())) << i;
    std::ofstream(made->path() / "file") << i;
    EXPECT_TRUE(fs::exists(made->path() / "file")) << i;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(Files, TemporaryDirectoryInAMissingFolderFails) {
  const auto failed = TemporaryDirectory::create(folder_ / "missing", "x");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message,
            "cannot make a folder in '" + (folder_ / "missing").string() + "': No such file or directory");
}

TEST(LineReader, LinesLongerThanItsBufferAreWhole) {
  std::string text;
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200'000}) text += std::string(size, 'x') + '\n';
  std::istringstream in(text + "rest");
  LineReader reader(in, 200'000);
  std::vector<std::size_t> sizes;
  std::string line;
  while (reader.next(line) == LineReader::Got::kLine) sizes.push_back(line.size());
  EXPECT_THAT(sizes, testing::ElementsAre(0, 1, 65535, 65536, 65537, 200'000));
  EXPECT_EQ(line, "rest");
}

TEST(LineReader, WaitsForNothingBeyondTheLine) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "one\ntwo\n", 8), 8);  // and the other end stays open
  std::ifstream in("/proc/self/fd/" + std::to_string(ends[0]));
  LineReader reader(in, 100);
  std::string line;
  EXPECT_EQ(reader.next(line), LineReader::Got::kLine);
  EXPECT_EQ(line, "one");
  EXPECT_EQ(reader.next(line), LineReader::Got::kLine);
  EXPECT_EQ(line, "two");
  ::close(ends[0]);
  ::close(ends[1]);
}

struct LinesCase {
  const char* name;
  std::string text;
  const char* told;
};
class Lines : public testing::TestWithParam<LinesCase> {};
TEST_P(Lines, AreBounded) {
  std::istringstream in(GetParam().text);
  LineReader reader(in, 4);
  std::string told;
  std::string line = "old";
  for (auto got = reader.next(line); got != LineReader::Got::kEnd; got = reader.next(line)) {
    told += got == LineReader::Got::kLine ? "line " : got == LineReader::Got::kTorn ? "torn " : "too long ";
    told += line + ";";
  }
  EXPECT_EQ(told, GetParam().told);
  EXPECT_EQ(line, "");
}
const LinesCase kLines[] = {
    {"nothing", "", ""},
    {"one", "a\n", "line a;"},
    {"empty_ones", "\n\n", "line ;line ;"},
    {"torn", "a\nb", "line a;torn b;"},
    {"longest", "abcd\nx\n", "line abcd;line x;"},
    {"too_long", "abcde\nx\n", "too long ;line x;"},
    {"much_too_long", std::string(100'000, 'y') + "\nx\n", "too long ;line x;"},
    {"too_long_and_torn", "a\nabcdefgh", "line a;too long ;"},
    {"bytes", "\xff\r\x01\n", "line \xff\r\x01;"},
};
INSTANTIATE_TEST_SUITE_P(Files, Lines, testing::ValuesIn(kLines), test::case_name);

}  // namespace
}  // namespace assay
