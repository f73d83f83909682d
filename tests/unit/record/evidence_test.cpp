// SPDX-License-Identifier: Apache-2.0
#include "engine/record/evidence.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/record/run_reader.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) out.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}
std::string stored_path(const std::string& bytes) {
  const std::string digest = sha256_hex(bytes);
  return "evidence/sha256/" + digest.substr(0, 2) + "/" + digest;
}

struct PlaceCase {
  const char* name;
  std::string bytes;
  std::vector<std::size_t> pieces;  // sizes of the first ones; the rest is the last
  bool in_file;
};
class Place : public testing::TestWithParam<PlaceCase> {};
TEST_P(Place, FollowsSizeAndKindOfTheBytes) {
  const test::TempFolder folder;
  const std::string& bytes = GetParam().bytes;
  EvidenceWriter writer(folder.path());
  std::size_t at = 0;
  for (const std::size_t size : GetParam().pieces) {
    ASSERT_TRUE(writer.append(std::string_view(bytes).substr(at, size)));
    at += size;
  }
  ASSERT_TRUE(writer.append(std::string_view(bytes).substr(at)));
  EXPECT_EQ(writer.size(), bytes.size());
  EXPECT_EQ(writer.beginning(), bytes);
  const auto stored = writer.finish("stdout");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->ref.name, "stdout");
  EXPECT_EQ(stored->ref.sha256, sha256_hex(bytes));
  EXPECT_EQ(stored->ref.size, bytes.size());
  EXPECT_EQ(stored->is_inline, !GetParam().in_file);
  EXPECT_EQ(stored->inline_bytes, GetParam().in_file ? "" : bytes);
  if (!GetParam().in_file) {
    EXPECT_THAT(files_below(folder.path()), IsEmpty());
    return;
  }
  EXPECT_THAT(files_below(folder.path()), ElementsAre(stored_path(bytes)));
  EXPECT_EQ(test::slurp(folder / stored_path(bytes)), bytes);
}
const PlaceCase kPlaces[] = {
    {"nothing", "", {}, false},
    {"one_byte", "x", {}, false},
    {"in_pieces", "abcdef", {1, 2}, false},
    {"to_the_limit", std::string(kInlineLimit, 'x'), {}, false},
    {"to_the_limit_in_pieces", std::string(kInlineLimit, 'x'), {kInlineLimit - 1}, false},
    {"beyond_the_limit", std::string(kInlineLimit + 1, 'x'), {}, true},
    {"beyond_the_limit_with_the_last_byte", std::string(kInlineLimit + 1, 'x'), {kInlineLimit}, true},
    {"large_in_pieces", std::string(100'000, 'y'), {1, 5000, 5000}, true},
    {"no_text", "\xFF\xFE", {}, true},
    {"character_cut_between_pieces", "\xE4\xB8\xAD", {1, 1}, false},
    {"character_cut_at_the_end", "x\xE4\xB8", {}, true},
    {"nul_bytes_are_text", std::string("a\0b", 3), {}, false},
};
INSTANTIATE_TEST_SUITE_P(Evidence, Place, testing::ValuesIn(kPlaces), test::case_name);

TEST(Evidence, KeepsOnlyTheBeginningInMemory) {
  const test::TempFolder folder;
  EvidenceWriter writer(folder.path());
  writer.keep_at_most(5000);
  std::string all;
  for (char c = 'a'; c <= 'd'; ++c) {
    all += std::string(2000, c);
    ASSERT_TRUE(writer.append(std::string(2000, c)));
  }
  EXPECT_EQ(writer.beginning(), all.substr(0, 5000));
  EXPECT_EQ(writer.size(), 8000U);
  ASSERT_TRUE(writer.finish("x"));
  EXPECT_EQ(test::slurp(folder / stored_path(all)), all);
}

TEST(Evidence, EqualBytesShareAFile) {
  const test::TempFolder folder;
  const std::string bytes(10'000, 'x');
  const auto first = store_bytes(folder.path(), bytes, "sample-1/stdout");
  const auto second = store_bytes(folder.path(), bytes, "sample-2/stdout");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->ref.sha256, second->ref.sha256);
  EXPECT_NE(first->ref.name, second->ref.name);
  EXPECT_THAT(files_below(folder.path()), ElementsAre(stored_path(bytes)));
}

TEST(Evidence, AMovedWriterGoesOnAndLeavesNothing) {
  const test::TempFolder folder;
  {
    EvidenceWriter first(folder.path());
    ASSERT_TRUE(first.append(std::string(5000, 'x')));
    EvidenceWriter second(std::move(first));
    ASSERT_TRUE(second.append("y"));
    EXPECT_EQ(second.size(), 5001U);
  }
  EXPECT_THAT(files_below(folder.path()), IsEmpty());
}

TEST(Evidence, AFolderThatCannotBeWrittenIsNamed) {
  const test::TempFolder folder;
  folder.write("evidence", "a file where a folder should be");
  EvidenceWriter writer(folder.path());
  EXPECT_TRUE(writer.append("few bytes")) << "which need no file";
  const auto appended = writer.append(std::string(kInlineLimit, 'x'));
  ASSERT_FALSE(appended);
  EXPECT_THAT(appended.error().message, testing::HasSubstr((folder / "evidence").string()));
}

TEST(StoreFile, CopiesAFileByDigest) {
  const test::TempFolder folder;
  const std::string large(300'000, 'z');
  folder.write("large", large);
  folder.write("small", "text\n");
  folder.write("empty", "");
  const auto stored = store_file(folder / "run", folder / "large", "artifacts/large");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->ref.size, large.size());
  EXPECT_EQ(test::slurp(folder / "run" / stored_path(large)), large);
  EXPECT_EQ(store_file(folder / "run", folder / "small", "artifacts/small")->inline_bytes, "text\n");
  EXPECT_EQ(store_file(folder / "run", folder / "empty", "artifacts/empty")->ref.size, 0U);
}

TEST(StoreFile, TakesOnlyRegularFiles) {
  const test::TempFolder folder;
  folder.write("file", "x");
  std::filesystem::create_directories(folder / "folder");
  std::filesystem::create_symlink("file", folder / "link");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto reason = [&](const char* name) {
    const auto stored = store_file(folder / "run", folder / name, name);
    return stored ? std::string("stored") : stored.error().message.substr(stored.error().message.rfind(": ") + 2);
  };
  EXPECT_EQ(reason("none"), "No such file or directory");
  EXPECT_EQ(reason("link"), "Too many levels of symbolic links");
  EXPECT_EQ(reason("folder"), "Invalid argument");
  EXPECT_EQ(reason("pipe"), "Invalid argument") << "and it does not wait for a writer";
  EXPECT_EQ(reason("file"), "stored");
}

class ReadEvidence : public testing::Test {
 protected:
  ReadEvidence() { run_.folder = folder_.path(); }
  // The bytes, or the message.
  std::string read(const EvidenceRef& ref, std::size_t limit = 1U << 20U) {
    const auto bytes = read_evidence(run_, ref, limit);
    return bytes ? *bytes : "error: " + bytes.error().message;
  }
  static EvidenceRef ref_of(const std::string& bytes) {
    return {.name = "stdout", .sha256 = sha256_hex(bytes), .size = bytes.size()};
  }
  test::TempFolder folder_;
  RunRecord run_;
};

TEST_F(ReadEvidence, FromItsFile) {
  const std::string bytes(9000, 'x');
  ASSERT_TRUE(store_bytes(folder_.path(), bytes, "stdout"));
  EXPECT_EQ(read(ref_of(bytes)), bytes);
  EXPECT_EQ(read(ref_of(bytes), 100),
            "error: '" + (folder_ / stored_path(bytes)).string() + "' is larger than 100 bytes");
}

TEST_F(ReadEvidence, FromTheLineThatHoldsIt) {
  const std::string digest = sha256_hex("hi\n");
  folder_.write("journal.jsonl", "{\"type\":\"finished\",\"evidence\":[{\"sha256\":\"" + digest +
                                     "\"}],\"text\":\"no\"}\nnot json \"sha256\":\"" + digest +
                                     "\"\n{\"type\":\"output\",\"sha256\":\"" + digest + "\",\"text\":\"hi\\n\"}\n");
  EXPECT_EQ(read(ref_of("hi\n")), "hi\n");
}

TEST_F(ReadEvidence, ThatIsNotWhatItWasIsRefused) {
  const std::string bytes(9000, 'x');
  const EvidenceRef ref = ref_of(bytes);
  const std::string short_digest = ref.sha256.substr(0, 12) + "…";
  EXPECT_EQ(read(ref), "error: the evidence 'stdout' (" + short_digest + ") is missing");
  folder_.write(stored_path(bytes), bytes + "y");
  EXPECT_EQ(read(ref), "error: the evidence 'stdout' does not have its digest " + short_digest);
  folder_.write("journal.jsonl", "{\"sha256\":\"" + sha256_hex("hi") + "\",\"text\":\"ho\"}\n");
  EXPECT_EQ(read(ref_of("hi")),
            "error: the evidence 'stdout' does not have its digest " + sha256_hex("hi").substr(0, 12) + "…");
}

TEST_F(ReadEvidence, ADigestIsNeverTakenForAPath) {
  folder_.write("secret", "x");
  for (const char* digest : {"", "..", "../../secret", "ab/../../../secret", "/etc/passwd",
                             "/dev////////////////////////////////////////////////////////zero"}) {
    EXPECT_THAT(read({.name = "n", .sha256 = digest, .size = 1}), testing::StartsWith("error: ")) << digest;
  }
}

}  // namespace
}  // namespace assay::record
