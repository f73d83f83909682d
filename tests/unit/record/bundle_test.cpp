// SPDX-License-Identifier: Apache-2.0
#include "engine/record/bundle.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "engine/base/text.h"
#include "engine/record/run_reader.h"
#include "engine/record/verify.h"
#include "engine/system/zstd.h"
#include "support/cases.h"
#include "support/store_builder.h"
#include "support/tar.h"
#include "support/temp_folder.h"

namespace assay::record {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) out.push_back(entry.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

std::map<std::string, std::string> files_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out[entry.path().lexically_relative(folder)] = test::slurp(entry.path());
  return out;
}

class BundleTest : public testing::Test {
 protected:
  BundleTest() { std::filesystem::create_directories(out()); }
  [[nodiscard]] std::filesystem::path out() const { return folder_ / "out"; }
  // The message of opening these bytes as a bundle, without the path; "" when it opens. Nothing stays in any case.
  std::string opened(const std::string& bytes) const {
    const auto file = folder_.write("bundle", bytes);
    const auto bundle = OpenBundle::open(file, out());
    std::string message;
    if (!bundle) {
      message = replace_all(bundle.error().message, file.string(), "FILE");
      EXPECT_THAT(bundle.error().code, testing::AnyOf(Code::kBundle, Code::kArchive)) << message;
      EXPECT_THAT(names_in(out()), IsEmpty()) << message;
    }
    return message;
  }
  std::string opened(const std::vector<test::TarEntry>& entries) const {
    std::string tar;
    for (const test::TarEntry& entry : entries) tar += test::tar_entry(entry);
    return opened(test::must(system::zstd_compressed(tar + test::tar_end())));
  }
  test::TempFolder folder_;
};

TEST_F(BundleTest, HoldsTheRecordAndNothingElse) {
  const auto run = test::build_run(folder_.path(), {.output = 6000});
  std::ofstream(run / "certificate.jsonl") << "{}\n";
  std::ofstream(run / "pin") << "";
  std::ofstream(run / "notes.txt") << "not of the record";
  std::filesystem::create_directories(run / "reports");
  std::ofstream(run / "reports/report.json") << "{}";
  std::filesystem::create_symlink("/etc/passwd", run / "link.json");
  std::ofstream(run / "evidence/sha256/.incoming-x") << "cut off";
  auto expected = files_below(run);
  for (const char* out : {"pin", "notes.txt", "reports/report.json", "link.json", "evidence/sha256/.incoming-x"})
    expected.erase(out);

  const auto size = export_bundle(run, folder_ / "b.tar.zst");
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(*size, std::filesystem::file_size(folder_ / "b.tar.zst"));
  {
    const auto bundle = OpenBundle::open(folder_ / "b.tar.zst", out());
    ASSERT_TRUE(bundle) << bundle.error().message;
    EXPECT_EQ(bundle->folder().filename(), run.filename());
    EXPECT_EQ(files_below(bundle->folder()), expected);
    EXPECT_EQ(expected.size(), 5U);
    EXPECT_TRUE(verify_record(bundle->folder())->good());
    const auto mode = std::filesystem::status(bundle->folder().parent_path()).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_all) << "nobody else looks in";
  }
  EXPECT_THAT(names_in(out()), IsEmpty()) << "gone with the object";
}

TEST_F(BundleTest, TheSameRecordGivesTheSameBytes) {
  const auto run = test::build_run(folder_.path(), {.output = 6000});
  ASSERT_TRUE(export_bundle(run, folder_ / "a"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run))
    std::filesystem::last_write_time(entry.path(), std::filesystem::file_time_type::clock::now());
  std::filesystem::create_directories(folder_ / "elsewhere");
  std::filesystem::copy(run, folder_ / "elsewhere" / run.filename(), std::filesystem::copy_options::recursive);
  ASSERT_TRUE(export_bundle(folder_ / "elsewhere" / run.filename(), folder_ / "b"));
  EXPECT_EQ(test::slurp(folder_ / "a"), test::slurp(folder_ / "b"));
}

TEST_F(BundleTest, NeverOverwritesAndLeavesNothing) {
  const auto run = test::build_run(folder_.path());
  for (const bool link : {false, true}) {
    const auto file = out() / (link ? "link" : "file");
    if (link) {
      std::filesystem::create_symlink("nowhere", file);
    } else {
      std::ofstream(file) << "mine";
    }
    const auto size = export_bundle(run, file);
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error().code, Code::kUsage);
    EXPECT_EQ(size.error().message, "'" + file.string() + "' exists already");
  }
  EXPECT_EQ(test::slurp(out() / "file"), "mine");
  EXPECT_THAT(names_in(out()), ElementsAre("file", "link"));
  EXPECT_FALSE(export_bundle(run, folder_ / "none/b")) << "there is no such folder";
}

TEST_F(BundleTest, AFileThatComesMeanwhileIsNotOverwritten) {
  const auto run = test::build_run(folder_.path(), {.output = 6000});
  const auto size =
      export_bundle(run, out() / "b", [&](std::uint64_t, std::uint64_t) { std::ofstream(out() / "b") << "mine"; });
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().message, "'" + (out() / "b").string() + "' exists already");
  EXPECT_EQ(test::slurp(out() / "b"), "mine");
  EXPECT_THAT(names_in(out()), ElementsAre("b"));
}

TEST_F(BundleTest, AKillInTheMiddleLeavesNothing) {
  const auto run = test::build_run(folder_.path(), {.output = 6000});
  const pid_t child = ::fork();
  if (child == 0) {
    std::ignore = export_bundle(run, out() / "b", [](std::uint64_t, std::uint64_t) { ::raise(SIGKILL); });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(names_in(out()), IsEmpty());
}

TEST_F(BundleTest, WhatAKillLeftIsRemovedByTheNext) {
  const auto run = test::build_run(folder_.path(), {});
  ASSERT_TRUE(export_bundle(run, folder_ / "bundle"));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto bundle = OpenBundle::open(folder_ / "bundle", out());
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_THAT(names_in(out()), testing::SizeIs(1)) << "nobody could remove it";
  {
    const auto first = OpenBundle::open(folder_ / "bundle", out());
    const auto second = OpenBundle::open(folder_ / "bundle", out());
    ASSERT_TRUE(first && second);
    EXPECT_THAT(names_in(out()), testing::SizeIs(2)) << "those in use";
    EXPECT_TRUE(std::filesystem::exists(first->folder() / "run.json"));
  }
  EXPECT_THAT(names_in(out()), IsEmpty());
}

TEST_F(BundleTest, AFullDiskIsSaidAndLeavesNothing) {
  const auto run = test::build_run(folder_.path(), {.output = 6000});
  struct rlimit old {};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = old;
  small.rlim_cur = 100;
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto size = export_bundle(run, out() / "b");
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().message, "cannot write '" + (out() / "b").string() + "': File too large");
  EXPECT_THAT(names_in(out()), IsEmpty());
}

TEST_F(BundleTest, AJournalThatGrowsIsTakenToItsLastWholeLine) {
  const auto run = test::build_run(folder_.path(), {.sealed = false});
  const std::string whole = test::slurp(run / "journal.jsonl");
  std::ofstream(run / "journal.jsonl", std::ios::app) << "{\"seq\":99";
  ASSERT_TRUE(export_bundle(run, folder_ / "b"));
  const auto bundle = OpenBundle::open(folder_ / "b", out());
  ASSERT_TRUE(bundle);
  EXPECT_EQ(test::slurp(bundle->folder() / "journal.jsonl"), whole);
  EXPECT_TRUE(verify_record(bundle->folder())->good());
}

TEST_F(BundleTest, ProgressGoesToTheEnd) {
  const auto run = test::build_run(folder_.path(), {.steps = 20, .output = 6000});
  std::uint64_t last = 0;
  std::uint64_t all = 0;
  ASSERT_TRUE(export_bundle(run, folder_ / "b", [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_GE(done, last);
    last = done;
    all = of;
  }));
  EXPECT_EQ(last, all);
  EXPECT_GT(all, 0U);
}

TEST_F(BundleTest, CutAnywhereItIsRefused) {
  const auto run = test::build_run(folder_.path(), {.output = 5000});
  ASSERT_TRUE(export_bundle(run, folder_ / "b"));
  const std::string good = test::slurp(folder_ / "b");
  for (std::size_t size = 0; size + 4 < good.size(); size += 1 + good.size() / 150) {
    const auto file = folder_.write("cut", good.substr(0, size));
    const auto bundle = OpenBundle::open(file, out());
    ASSERT_FALSE(bundle) << size;
    ASSERT_THAT(bundle.error().code, testing::AnyOf(Code::kBundle, Code::kArchive)) << size;
  }
  EXPECT_THAT(names_in(out()), IsEmpty());
}

TEST_F(BundleTest, EveryChangedByteIsFoundByOpeningOrVerifying) {
  const auto run = test::build_run(folder_.path(), {.output = 5000});
  ASSERT_TRUE(export_bundle(run, folder_ / "b"));
  const std::string good = test::slurp(folder_ / "b");
  std::size_t unseen = 0;
  for (std::size_t at = 0; at < good.size(); at += 3) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    const auto bundle = OpenBundle::open(folder_.write("bad", bad), out());
    if (!bundle) continue;
    const auto result = verify_record(bundle->folder());
    // What may change unseen is not of the record: how it is packed, the heads of the archive.
    if (result && result->good() && result->warnings.empty()) {
      EXPECT_EQ(files_below(bundle->folder()), files_below(run)) << at;
      ++unseen;
    }
  }
  EXPECT_LT(unseen, 20U);
}

const std::string kDigest(64, 'a');
const test::TarEntry kHead{"r/run.json", "{}"};
const test::TarEntry kJournal{"r/journal.jsonl", ""};

struct HostileCase {
  const char* name;
  std::vector<test::TarEntry> entries;
  std::string message;
};
class HostileArchive : public BundleTest, public testing::WithParamInterface<HostileCase> {};
TEST_P(HostileArchive, IsRefusedInWordsAndLeavesNothing) {
  EXPECT_EQ(opened(GetParam().entries), GetParam().message);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "escaped"));
}
std::string refused(const std::string& why) { return "'FILE' is no evidence bundle: " + why; }
const HostileCase kHostile[] = {
    {"whole", {kHead, kJournal}, ""},
    {"whole_with_all",
     {{"r/", "", '5'},
      kHead,
      kJournal,
      {"r/certificate.jsonl", "{}"},
      {"r/evidence/", "", '5'},
      {"r/evidence/sha256/", "", '5'},
      {"r/evidence/sha256/aa/", "", '5'},
      {"r/evidence/sha256/aa/" + kDigest, "x"}},
     ""},
    {"nothing", {}, refused("it has no run.json")},
    {"no_journal", {kHead}, refused("it has no journal.jsonl")},
    {"absolute", {{"/etc/passwd", "x"}}, refused("'/etc/passwd' is not in the folder of a run")},
    {"up", {{"../escaped", "x"}}, refused("'../escaped' is not in the folder of a run")},
    {"up_inside", {{"r/../../escaped", "x"}}, refused("'r/../../escaped' is no file of a record")},
    {"up_in_evidence",
     {{"r/evidence/sha256/../../run.json", "x"}},
     refused("'r/evidence/sha256/../../run.json' is no file of a record")},
    {"here", {{"./r/run.json", "x"}}, refused("'./r/run.json' is not in the folder of a run")},
    {"no_folder", {{"run.json", "x"}}, refused("'run.json' is not in the folder of a run")},
    {"hidden_folder", {{".r/run.json", "x"}}, refused("'.r/run.json' is not in the folder of a run")},
    {"like_an_option", {{"-r/run.json", "x"}}, refused("'-r/run.json' is not in the folder of a run")},
    {"two_runs", {kHead, {"q/journal.jsonl", ""}}, refused("'q/journal.jsonl' is not in the folder of a run")},
    {"two_runs_by_case", {kHead, {"R/journal.jsonl", ""}}, refused("'R/journal.jsonl' is not in the folder of a run")},
    {"link", {kHead, {"r/journal.jsonl", "", '2', "/etc/passwd"}}, refused("'r/journal.jsonl' is a link")},
    {"folder_that_is_a_link", {{"r", "", '2', "/tmp"}}, refused("'r' is a link")},
    {"hard_link", {kHead, {"r/journal.jsonl", "", '1', "r/run.json"}}, refused("'r/journal.jsonl' is a hard link")},
    {"device", {{"r/run.json", "", '3'}}, refused("'r/run.json' is a device")},
    {"pipe", {{"r/run.json", "", '6'}}, refused("'r/run.json' is a pipe")},
    {"twice", {kHead, kJournal, kHead}, refused("'r/run.json' is there twice")},
    {"the_same_by_case", {kHead, kJournal, {"r/RUN.JSON", "x"}}, refused("'r/RUN.JSON' is no file of a record")},
    {"reports", {{"r/reports/report.json", "x"}}, refused("'r/reports/report.json' is no file of a record")},
    {"other_folder", {{"r/bin/", "", '5'}}, refused("'r/bin/' is no folder of a record")},
    {"program", {{"r/run.sh", "x"}}, refused("'r/run.sh' is no file of a record")},
    {"pin", {{"r/pin", "x"}}, refused("'r/pin' is no file of a record")},
    {"evidence_in_another_place",
     {{"r/evidence/sha256/bb/" + kDigest, "x"}},
     refused("'r/evidence/sha256/bb/" + kDigest + "' is no file of a record")},
    {"evidence_in_upper_case",
     {{"r/evidence/sha256/AA/" + std::string(64, 'A'), "x"}},
     refused("'r/evidence/sha256/AA/" + std::string(64, 'A') + "' is no file of a record")},
    {"control_characters", {{"r/\x1b[31m.json", "x"}}, refused("'r/?[31m.json' is no file of a record")},
};
INSTANTIATE_TEST_SUITE_P(Bundle, HostileArchive, testing::ValuesIn(kHostile), test::case_name);

TEST_F(BundleTest, WhatReadersWouldRefuseIsNotMade) {
  const auto run = test::build_run(folder_.path());
  std::filesystem::resize_file(folder_.write("runs/" + run.filename().string() + "/big.json", ""), 80U << 20U);
  const auto made = export_bundle(run, out() / "b");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kBundle);
  EXPECT_THAT(made.error().message, HasSubstr("readers would take such a bundle for a bomb and refuse it"));
  EXPECT_THAT(made.error().expected, HasSubstr("the largest file is 'big.json'"));
  EXPECT_EQ(made.error().help, "hand on the folder of the run as it is: '" + run.string() + "'");
  EXPECT_THAT(names_in(out()), IsEmpty());
  std::filesystem::resize_file(run / "big.json", 60U << 20U);
  ASSERT_TRUE(export_bundle(run, out() / "b"));
  EXPECT_TRUE(OpenBundle::open(out() / "b", folder_.path())) << "what is made can be read";
}

TEST_F(BundleTest, ABombIsNotLaidOut) {
  EXPECT_EQ(opened({kHead, kJournal, {"r/big.json", std::string(70U << 20U, '\0')}}),
            refused("'r/big.json' is larger than the bundle allows"));
  std::vector<test::TarEntry> many = {kHead, kJournal};
  for (int i = 0; i < 2000; ++i) many.push_back({"r/f" + std::to_string(i) + ".json", ""});
  EXPECT_THAT(opened(many), HasSubstr("is one of more files than the bundle has room for"));
  // A head that claims more than there is.
  EXPECT_THAT(opened({kHead, kJournal, {.name = "r/big.json", .bytes = "x", .size = "77777777777"}}),
              HasSubstr("is larger than the bundle allows"));
}

TEST_F(BundleTest, WhatIsNoArchiveIsRefused) {
  EXPECT_THAT(opened(std::string()), HasSubstr("'FILE'"));
  EXPECT_THAT(opened(std::string("apiVersion: assay/v1\n")), HasSubstr("cannot be read as an archive"));
  EXPECT_THAT(opened(std::string(5000, '\0')), HasSubstr("'FILE'"));
  EXPECT_THAT(opened(test::must(system::zstd_compressed("no tar"))), HasSubstr("cannot be read as an archive"));
  EXPECT_FALSE(OpenBundle::open(folder_ / "none", out()));
}

TEST(RecordPath, IsOneOfTheLayout) {
  for (const char* good : {"run.json", "journal.jsonl", "certificate.jsonl", "acceptance-1.json"})
    EXPECT_TRUE(is_record_path(good)) << good;
  EXPECT_TRUE(is_record_path("evidence/sha256/aa/" + kDigest));
  for (const char* bad : {"", ".", "..", "run.json/", ".hidden.json", "a b.json", "reports/x.json", "x.txt",
                          "evidence/sha256/aa/x", "evidence", "-x.json", ".json"})
    EXPECT_FALSE(is_record_path(bad)) << bad;
  EXPECT_FALSE(is_record_path(std::string(60, 'x') + ".json")) << "too long";
}

}  // namespace
}  // namespace assay::record
