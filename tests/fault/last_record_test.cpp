// SPDX-License-Identifier: Apache-2.0
// The journal ends at any byte of its last line, or a byte of it has changed.
#include <gtest/gtest.h>

#include <fstream>

#include "engine/base/text.h"
#include "fault/fault.h"
#include "fault/scene.h"

namespace assay::test {
namespace {

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

// A run whose controller was killed when the third of six steps had just been finished: the record of a whole run, cut
// behind that line, with what had been done then. It can be restored as often as is needed.
class LastRecord : public ::testing::Test {
 protected:
  void SetUp() override {
    const Invocation run = scene_.run();
    const Outcome outcome = run_program(run);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.describe(run);
    whole_ = scene_.result();
    const std::string text = slurp(path());
    std::size_t begin = 0;
    for (const std::string_view line : lines(text)) {
      const std::size_t end = begin + line.size() + 1;
      if (line.find("\"type\":\"finished\",\"step\":\"three\"") != std::string_view::npos) {
        before_last_ = text.substr(0, begin);
        last_ = text.substr(begin, end - begin);
      }
      begin = end;
    }
    ASSERT_NE(last_, "") << text;
  }

  [[nodiscard]] std::filesystem::path path() const { return scene_.record() / "journal.jsonl"; }
  void restore(const std::string& journal) const {
    write(path(), journal);
    write(folder_ / "effects", "one#1\ntwo#1\nthree#1\n");
  }

  void cut_at_every(std::size_t stride);

  TempFolder folder_{"assay-fault"};
  Scene scene_{folder_.path(), short_recipe};
  Result whole_;
  std::string before_last_;
  std::string last_;
};

void LastRecord::cut_at_every(std::size_t stride) {
  for (std::size_t kept = 0; kept <= last_.size(); kept += kept + stride > last_.size() ? 1 : stride) {
    const std::string how = std::to_string(kept) + " of " + std::to_string(last_.size()) + " bytes are left";
    restore(before_last_ + last_.substr(0, kept));
    const auto before = effects_of_finished(scene_);
    const Invocation resume = scene_.resume();
    const Outcome outcome = run_program(resume);
    ASSERT_EQ(outcome.exit_code, 0) << how << '\n' << outcome.describe(resume);
    const bool torn = kept > 0 && kept < last_.size();
    EXPECT_EQ(outcome.err.find("cut") != std::string::npos, torn) << how << '\n' << outcome.err;
    expect_as_good_as(whole_, scene_, before, how);
    EXPECT_EQ(scene_.journal().attempts["three"], kept == last_.size() ? 1 : 2) << how;
    if (HasFailure()) return;
  }
}

TEST_F(LastRecord, MayBeCutAtAnyByte) { cut_at_every(17); }
class SlowLastRecord : public LastRecord {};
TEST_F(SlowLastRecord, MayBeCutAtEveryByte) { cut_at_every(1); }

// The line before the last one is what the last one was chained to.
TEST_F(LastRecord, IsRefusedWhenAByteBeforeItHasChanged) {
  const std::size_t begin = before_last_.rfind('\n', before_last_.size() - 2) + 1;
  for (std::size_t at = begin; at < before_last_.size(); ++at) {
    std::string journal = before_last_ + last_;
    journal[at] = static_cast<char>(journal[at] ^ 1);
    restore(journal);
    const Invocation resume = scene_.resume();
    const Outcome outcome = run_program(resume);
    const std::string how = "byte " + std::to_string(at - begin) + '\n' + outcome.describe(resume);
    ASSERT_NE(outcome.exit_code.value_or(0), 0) << how;
    ASSERT_FALSE(outcome.signal) << how;
    ASSERT_NE(outcome.err, "") << how;
    ASSERT_EQ(slurp(path()), journal) << how;
    ASSERT_EQ(slurp(folder_ / "effects"), "one#1\ntwo#1\nthree#1\n") << how;
    ASSERT_EQ(run_program(scene_.assay({"verify", "last"})).exit_code, 1) << how;
  }
}

// Nothing is chained to the last line yet. Whatever is made of a changed one, nothing finished is done again and
// nothing breaks.
TEST_F(LastRecord, DoesNoHarmWhenAByteOfItHasChanged) {
  for (std::size_t at = 0; at < last_.size(); ++at) {
    std::string journal = before_last_ + last_;
    journal[before_last_.size() + at] = static_cast<char>(journal[before_last_.size() + at] ^ 1);
    restore(journal);
    const Invocation resume = scene_.resume();
    const Outcome outcome = run_program(resume);
    const std::string how = "byte " + std::to_string(at) + '\n' + outcome.describe(resume);
    ASSERT_FALSE(outcome.signal || outcome.timed_out) << how;
    for (const char* step : {"one", "two"}) ASSERT_EQ(scene_.effects_by_step()[step], 1) << how;
    if (outcome.exit_code == 0) continue;
    ASSERT_NE(outcome.err, "") << how;
    ASSERT_EQ(slurp(folder_ / "effects"), "one#1\ntwo#1\nthree#1\n") << how;
  }
}

}  // namespace
}  // namespace assay::test
