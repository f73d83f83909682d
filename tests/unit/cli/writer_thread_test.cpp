// SPDX-License-Identifier: Apache-2.0
// What is written to a reader that is slow, stops, or goes away.
#include "cli/terminal/writer_thread.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "engine/base/files.h"
#include "support/temp_folder.h"

namespace assay::cli {
namespace {

using std::chrono::milliseconds;

class WriterThreadTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
    ASSERT_GT(::fcntl(writer_.get(), F_SETPIPE_SZ, 4096), 0);
  }
  // So many bytes, from the reader's end.
  std::string read(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t at = 0; at < size;) {
      const ssize_t n = ::read(reader_.get(), out.data() + at, size - at);
      if (n <= 0) return out.substr(0, at);
      at += static_cast<std::size_t>(n);
    }
    return out;
  }
  UniqueFd reader_;
  UniqueFd writer_;
};

TEST_F(WriterThreadTest, AllArrivesInOrder) {
  WriterThread thread(writer_.get(), 1U << 20U);
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    ASSERT_TRUE(thread.write(line));
    all += line;
  }
  EXPECT_EQ(read(all.size()), all);
  EXPECT_TRUE(thread.drain());
  EXPECT_FALSE(thread.is_behind());
}

// The pipe takes 4096 bytes; nobody reads the rest.
TEST_F(WriterThreadTest, NobodyWaitsForAReaderThatHasStoppedAndWhatWaitsIsBounded) {
  const std::string some(3000, 'x');
  WriterThread thread(writer_.get(), 10'000);
  int taken = 0;
  while (taken < 100 && thread.write(some)) ++taken;
  EXPECT_GE(taken, 3) << "10,000 bytes wait, and the pipe may have taken some";
  EXPECT_LE(taken, 4);
  EXPECT_TRUE(thread.is_behind());
  EXPECT_FALSE(thread.failed());
  EXPECT_TRUE(thread.write("the end", WriterThread::Room::kAlways));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(thread.drain(milliseconds(50)));
  EXPECT_FALSE(thread.drain(std::chrono::hours(1))) << "it is known by now";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  const std::string got = read(static_cast<std::size_t>(taken) * some.size() + 7);
  EXPECT_TRUE(got.ends_with("xthe end")) << "it goes on when somebody reads again";
  while (thread.is_behind()) std::this_thread::yield();  // what was read has been written
}

TEST_F(WriterThreadTest, AReaderThatHasStoppedDoesNotHoldUpTheEnd) {
  {
    WriterThread thread(writer_.get(), 1U << 20U);
    ASSERT_TRUE(thread.write(std::string(20'000, 'x')));
    EXPECT_FALSE(thread.drain(milliseconds(10)));
  }
  writer_.reset();
  EXPECT_LT(read(100'000).size(), 20'000U) << "the rest was given up, and the pipe is closed";
}

TEST_F(WriterThreadTest, WhatIsSaidBeforeAnActWaitsOnlyAMoment) {
  write_patiently(writer_.get(), "first\n");
  EXPECT_EQ(read(6), "first\n");
  const auto begin = std::chrono::steady_clock::now();
  write_patiently(writer_.get(), std::string(20'000, 'x'));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(WriterThreadTest, AReaderThatIsGoneIsKnown) {
  reader_.reset();
  WriterThread thread(writer_.get(), 1U << 20U);
  EXPECT_TRUE(thread.write("a"));
  EXPECT_TRUE(thread.drain()) << "there is nothing left to write";
  EXPECT_TRUE(thread.failed());
  EXPECT_FALSE(thread.write("b"));
}

TEST_F(WriterThreadTest, ARegularFileHasItAtOnceWhateverTheBound) {
  const test::TempFolder folder;
  const UniqueFd fd(::open((folder / "f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  WriterThread thread(fd.get(), 10);
  const std::string some(100'000, 'x');
  EXPECT_TRUE(thread.write(some));
  EXPECT_EQ(test::slurp(folder / "f"), some);
  EXPECT_FALSE(thread.is_behind());
}

}  // namespace
}  // namespace assay::cli
