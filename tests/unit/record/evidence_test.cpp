// SPDX-License-Identifier: Apache-2.0
#include "engine/record/evidence.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/record/run_reader.h"
#include "support/cases.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> paths_below(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) out.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}
std::string stored_path_of(const std::string& digest) {
  return "evidence/sha256/" + digest.substr(0, 2) + "/" + digest;
}
std::string stored_path(const std::string& bytes) { return stored_path_of(sha256_hex(bytes)); }
// Bytes that no compressor makes smaller, the same every time.
std::string noise(std::size_t size) {
  std::string out;
  for (int i = 0; out.size() < size; ++i) {
    const std::string digest = sha256_hex(std::to_string(i));
    for (std::size_t k = 0; k < digest.size(); k += 2)
      out += static_cast<char>(std::stoi(digest.substr(k, 2), nullptr, 16));
  }
  out.resize(size);
  return out;
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
  EXPECT_EQ(stored->ref.size, bytes.size());
  EXPECT_EQ(stored->is_inline, !GetParam().in_file);
  EXPECT_EQ(stored->inline_bytes, GetParam().in_file ? "" : bytes);
  const bool packed = GetParam().in_file && bytes.size() > kInlineLimit;
  EXPECT_EQ(stored->ref.encoding, packed ? "zstd" : "");
  EXPECT_EQ(stored->ref.raw_sha256, packed ? sha256_hex(bytes) : "");
  if (!GetParam().in_file) {
    EXPECT_EQ(stored->ref.sha256, sha256_hex(bytes));
    EXPECT_THAT(paths_below(folder.path()), IsEmpty());
    return;
  }
  const std::string file = test::slurp(folder / stored_path_of(stored->ref.sha256));
  EXPECT_THAT(paths_below(folder.path()), ElementsAre(stored_path(file))) << "named by what lies there";
  EXPECT_EQ(packed ? system::zstd_decompressed(file, bytes.size()).value() : file, bytes);
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
  const auto stored = writer.finish("x");
  ASSERT_TRUE(stored);
  RunRecord run;
  run.folder = folder.path();
  EXPECT_EQ(read_evidence(run, stored->ref), all);
}

TEST(Evidence, ALongLineTakesLittleMemoryAndLittleRoom) {
  const test::TempFolder folder;
  EvidenceWriter writer(folder.path());
  writer.keep_at_most(4096);
  std::string piece;
  while (piece.size() < 65536) piece += "iteration " + std::to_string(piece.size()) + " of the soak ";
  const auto resident = [] {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // KiB
  };
  ASSERT_TRUE(writer.append(piece));
  const long before = resident();
  std::uint64_t size = piece.size();
  for (; size < 300'000'000; size += piece.size()) ASSERT_TRUE(writer.append(piece));
  EXPECT_LT(resident() - before, 4096) << "whatever comes";
  const auto stored = writer.finish("stdout");
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->ref.size, size);
  EXPECT_LT(std::filesystem::file_size(folder / stored_path_of(stored->ref.sha256)), size / 100);
  std::uint64_t read = 0;
  ASSERT_TRUE(read_evidence_file(folder.path(), stored->ref, size, [&](std::string_view bytes) -> Result<void> {
    read += bytes.size();
    return {};
  }));
  EXPECT_EQ(read, size);
  EXPECT_LT(resident() - before, 8192) << "reading it neither";
}

TEST(Evidence, EqualBytesShareAFile) {
  const test::TempFolder folder;
  const std::string bytes(10'000, 'x');
  const auto first = store_bytes(folder.path(), bytes, "sample-1/stdout");
  const auto second = store_bytes(folder.path(), bytes, "sample-2/stdout");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->ref.sha256, second->ref.sha256);
  EXPECT_NE(first->ref.name, second->ref.name);
  EXPECT_THAT(paths_below(folder.path()), ElementsAre(stored_path_of(first->ref.sha256)));
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
  EXPECT_THAT(paths_below(folder.path()), IsEmpty());
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
  const std::string large = noise(300'000);
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

struct PackingCase {
  const char* name;
  std::string bytes;
  const char* encoding;
};
class PackedFile : public testing::TestWithParam<PackingCase> {};
TEST_P(PackedFile, OnlyWhereItPays) {
  const test::TempFolder folder;
  const auto stored = store_file(folder / "run", folder.write("file", GetParam().bytes), "artifacts/file");
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->ref.encoding, GetParam().encoding);
  RunRecord run;
  run.folder = folder / "run";
  EXPECT_EQ(read_evidence(run, stored->ref), GetParam().bytes);
}
const PackingCase kPackings[] = {
    {"text_of_64_kib", std::string(65536, 'x'), ""},
    {"more_text", std::string(65537, 'x'), "zstd"},
    {"noise", noise(400'000), ""},
    {"text_with_noise_at_the_end", std::string(300'000, 'x') + noise(100'000), "zstd"},
    {"noise_before_zeros", noise(300'000) + std::string(3'000'000, '\0'), "zstd"},
    {"zeros_before_noise", std::string(300'000, '\0') + noise(1'500'000), ""},
    {"more_noise_than_text", noise(140'000) + std::string(110'000, 'x'), ""},
};
INSTANTIATE_TEST_SUITE_P(StoreFile, PackedFile, testing::ValuesIn(kPackings), test::case_name);

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
  folder_.write(stored_path(bytes), bytes);
  EXPECT_EQ(read(ref_of(bytes)), bytes);
  EXPECT_EQ(read(ref_of(bytes), 100),
            "error: '" + (folder_ / stored_path(bytes)).string() + "' is larger than 100 bytes");
}

TEST_F(ReadEvidence, ItsEndInConstantMemory) {
  std::string bytes(300'000, 'x');
  bytes += "the end";
  folder_.write(stored_path(bytes), bytes);
  EXPECT_EQ(read_evidence_end(run_, ref_of(bytes), 7, 1U << 20U), "the end");
  EXPECT_EQ(read_evidence_end(run_, ref_of(bytes), bytes.size() + 1, 1U << 20U), bytes);
  EXPECT_FALSE(read_evidence_end(run_, ref_of(bytes), 7, 1000)) << "larger than may be read";
  const std::string digest = sha256_hex("hi there\n");
  folder_.write("journal.jsonl", "{\"type\":\"output\",\"sha256\":\"" + digest + "\",\"text\":\"hi there\\n\"}\n");
  EXPECT_EQ(read_evidence_end(run_, ref_of("hi there\n"), 6, 1000), "there\n");
  EXPECT_FALSE(read_evidence_end(run_, {.name = "stdout", .sha256 = "../../etc/passwd"}, 6, 1000));
}

TEST_F(ReadEvidence, SmallTextsInOnePass) {
  const auto line = [](const std::string& type, const std::string& text, const std::string& digest) {
    return to_json_line({{"type", type}, {"sha256", digest}, {"text", text}}) + "\n";
  };
  const std::string big(3000, 'b');
  folder_.write("journal.jsonl", line("output", "one", sha256_hex("one")) + line("facts", "two", sha256_hex("two")) +
                                     line("output", "changed", sha256_hex("three")) +
                                     line("output", big, sha256_hex(big)) + "not json\n" +
                                     line("output", "four", sha256_hex("four")) + "{\"type\":\"output\",\"torn");
  const std::unordered_set<std::string> all = {sha256_hex("one"), sha256_hex("two"),  sha256_hex("three"),
                                               sha256_hex(big),   sha256_hex("four"), "none"};
  const std::unordered_map<std::string, std::string> small = {{sha256_hex("one"), "one"}, {sha256_hex("four"), "four"}};
  EXPECT_EQ(small_texts(run_, all, 100), small) << "within the limit";
  EXPECT_EQ(small_texts(run_, all, 10000).size(), 3U);
  EXPECT_TRUE(small_texts(run_, {}, 10000).empty());
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

TEST_F(ReadEvidence, PackedBytesComeBackAndAreBounded) {
  const std::string bytes(9000, 'x');
  const auto stored = store_bytes(folder_.path(), bytes, "stdout");
  ASSERT_TRUE(stored);
  EXPECT_EQ(read(stored->ref), bytes);
  EXPECT_EQ(read(stored->ref, 8999),
            "error: '" + (folder_ / stored_path_of(stored->ref.sha256)).string() + "' is larger than 8999 bytes");
}

// A frame as evidence, with what the journal would say of it.
struct PackedCase {
  const char* name;
  std::string stored;   // the file
  std::string raw;      // what the journal says it becomes
  std::uint64_t size;   // what the journal says its size is
  std::string message;  // with DIGEST and RAW for the beginnings of both digests
};
class PackedEvidence : public testing::TestWithParam<PackedCase> {};
TEST_P(PackedEvidence, ThatDoesNotFitTheJournalIsRefused) {
  const test::TempFolder folder;
  const std::string digest = sha256_hex(GetParam().stored);
  folder.write(stored_path(GetParam().stored), GetParam().stored);
  RunRecord run;
  run.folder = folder.path();
  const auto bytes = read_evidence(run, {.name = "stdout",
                                         .sha256 = digest,
                                         .size = GetParam().size,
                                         .encoding = "zstd",
                                         .raw_sha256 = sha256_hex(GetParam().raw)});
  std::string text = bytes ? *bytes : bytes.error().message;
  for (const auto& [from, to] :
       {std::pair(digest.substr(0, 12), "DIGEST"), std::pair(sha256_hex(GetParam().raw).substr(0, 12), "RAW")})
    if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  EXPECT_EQ(text, GetParam().message);
}
const std::string kPacked = system::zstd_compressed("hello").value();
const PackedCase kPackedCases[] = {
    {"whole", kPacked, "hello", 5, "hello"},
    {"other_bytes", kPacked, "hallo", 5, "the evidence 'stdout' does not have its digest RAW…"},
    {"fewer_than_said", kPacked, "hello", 6, "the evidence 'stdout' (DIGEST…) has 5 bytes, not 6"},
    {"a_bomb", system::zstd_compressed(std::string(50'000'000, '\0')).value(), "", 1000,
     "compressed bytes become more than 1000 bytes"},
    {"cut_off", kPacked.substr(0, kPacked.size() - 1), "hello", 5,
     "compressed bytes cannot be read: the frame is cut off"},
    {"no_frame", "hello", "hello", 5, "compressed bytes cannot be read: Unknown frame descriptor"},
    {"more_after_the_frame", kPacked + "x", "hello", 5,
     "compressed bytes cannot be read: bytes follow the end of the frame"},
};
INSTANTIATE_TEST_SUITE_P(ReadEvidence, PackedEvidence, testing::ValuesIn(kPackedCases), test::case_name);

TEST_F(ReadEvidence, AnEncodingOfALaterVersionIsRefusedInWords) {
  folder_.write(stored_path("x"), "x");
  EvidenceRef ref = ref_of("x");
  ref.encoding = "brotli";
  EXPECT_EQ(read(ref), "error: the evidence 'stdout' has the unknown encoding 'brotli'");
  ref.encoding = "zstd";
  EXPECT_EQ(read(ref), "error: evidence 'stdout' is named by something that is no SHA-256") << "raw_sha256 is missing";
}

TEST_F(ReadEvidence, ALinkIsNotFollowed) {
  folder_.write("secret", "x");
  std::filesystem::create_directories((folder_ / stored_path("x")).parent_path());
  std::filesystem::create_symlink(folder_ / "secret", folder_ / stored_path("x"));
  EXPECT_THAT(read(ref_of("x")), testing::HasSubstr("Too many levels of symbolic links"));
}

TEST_F(ReadEvidence, ADigestIsNeverTakenForAPath) {
  folder_.write("secret", "x");
  for (const char* digest : {"", "..", "../../secret", "ab/../../../secret", "/etc/passwd",
                             "/dev////////////////////////////////////////////////////////zero"}) {
    EXPECT_THAT(read({.name = "n", .sha256 = digest, .size = 1}), testing::StartsWith("error: ")) << digest;
  }
}

TEST(Evidence, ThatCannotBeKeptIsLostAsTheJournalIs) {
  const test::TempFolder folder;
  folder.write("evidence", "no folder");
  const auto stored = store_bytes(folder.path(), std::string(kInlineLimit + 1, 'x'), "stdout");
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Code::kJournal) << stored.error().message;
  EXPECT_TRUE(store_bytes(folder.path(), "x", "stdout")) << "what goes into the journal needs no file";
}

}  // namespace
}  // namespace assay::record
