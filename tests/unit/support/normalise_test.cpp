// SPDX-License-Identifier: Apache-2.0
#include "support/normalise.h"

#include <gtest/gtest.h>

#include "support/cases.h"

namespace assay::test {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* expected;
};

class Normalise : public ::testing::TestWithParam<Case> {};

TEST_P(Normalise, Replaces) { EXPECT_EQ(normalise(GetParam().text), GetParam().expected); }

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
const Case kCases[] = {
    {"RunId", "run 20260131T083000Z-1a2b3c: pass", "run <run>: pass"},
    {"RunIdInAPath", "runs/20260131T083000Z-1a2b3c/report.html", "runs/<run>/report.html"},
    {"CompactTime", "at 20260131T083000Z", "at <time>"},
    {"TimeWithFraction", R"("time":"2026-01-31T08:30:00.123456Z")", R"("time":"<time>")"},
    {"TimeWithOffset", "2026-01-31T08:30:00+08:00", "<time>"},
    {"Digest", "sha256:" DIGEST, "sha256:<sha256>"},
    {"ShorterHexStays", "commit e3b0c44298fc1c149afbf4c8996fb92427ae41e4",
     "commit e3b0c44298fc1c149afbf4c8996fb92427ae41e4"},
    {"ElapsedSeconds", "ok stress 0.3 s", "ok stress <elapsed>"},
    {"ElapsedWholeSeconds", "ok stress 59 s", "ok stress <elapsed>"},
    {"ElapsedMinutes", "took 1 m 30 s", "took <elapsed>"},
    {"ElapsedHours", "took 2 h 05 m.", "took <elapsed>."},
    {"ElapsedDays", "took 3 d 07 h", "took <elapsed>"},
    {"DurationOfARecipeStays", "timeout 90s, deadline 1h30m", "timeout 90s, deadline 1h30m"},
    {"QuotedQuantityStays", R"(quantity("5 s") '30 s' limit 12.5 s)", R"(quantity("5 s") '30 s' limit <elapsed>)"},
    {"AtTheStartOfALine", "a\n12 s", "a\n<elapsed>"},
    {"OtherUnitsStay", "12 steps, 41.2 GB/s, 3 sources", "12 steps, 41.2 GB/s, 3 sources"},
    {"DurationInJson", R"({"duration_s":1.25e-3,"x":1})", R"({"duration_s":<elapsed>,"x":1})"},
    {"DurationInIndentedJson", R"("duration_s": 12,)", R"("duration_s": <elapsed>,)"},
    {"ProcessId", "ended pid 4711", "ended pid <pid>"},
    {"ProcessIdInJson", R"({"pid":4711})", R"({"pid":<pid>})"},
    {"Version", "assay 0.1.0", "assay <version>"},
    {"VersionBetweenReleases", "assay v1.2.3-4-gabcdef!", "assay <version>!"},
    {"VersionsOfOthersStay", "fio 3.33.0 (stress-ng 0.15.06)", "fio 3.33.0 (stress-ng 0.15.06)"},
    {"Nothing", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Forms, Normalise, ::testing::ValuesIn(kCases), case_name);

TEST(NormaliseKnown, TheLongestKnownTextWins) {
  EXPECT_EQ(normalise("/tmp/x/store/runs and /tmp/x", {{"/tmp/x", "<folder>"}, {"/tmp/x/store", "<store>"}}),
            "<store>/runs and <folder>");
}

TEST(NormaliseKnown, EmptyTextsAreIgnored) { EXPECT_EQ(normalise("abc", {{"", "<nothing>"}}), "abc"); }

TEST(NormaliseKnown, KnownTextsAreNotPatterns) { EXPECT_EQ(normalise("a.c abc", {{"a.c", "<dot>"}}), "<dot> abc"); }

}  // namespace
}  // namespace assay::test
