// SPDX-License-Identifier: Apache-2.0
#include "reports/what_next.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/sample_durable_run.h"

namespace assay::reports {
namespace {

using record::RunRecord;
using record::Status;

TEST(WhatNext, AFinishedRunAsksForNothing) {
  EXPECT_EQ(next_move(test::durable_run()).command, "");
  EXPECT_EQ(next_move(test::durable_run()).question, nullptr);
}

TEST(WhatNext, AnOpenQuestionIsAnswered) {
  const RunRecord run = test::waiting_run();
  const NextMove move = next_move(run);
  EXPECT_EQ(move.command, "assay answer 20261121T083000Z-5d0a17 approve yes|no");
  EXPECT_EQ(move.question, &run.questions[0]);
}

TEST(WhatNext, WhatStoppedIsTakenUpAgain) {
  RunRecord run = test::waiting_run();
  run.questions.clear();  // it waits for a reboot
  EXPECT_EQ(next_move(run).command, "assay resume 20261121T083000Z-5d0a17");
  run = test::waiting_run();
  for (const Status status : {Status::kCancelled, Status::kRunning}) {
    run.status = status;
    EXPECT_EQ(next_move(run).command, "assay resume 20261121T083000Z-5d0a17");
    EXPECT_EQ(next_move(run).question, nullptr);
  }
}

TEST(WhatNext, AnswersFollowTheType) {
  record::QuestionRecord question{.step = "",
                                  .question = "",
                                  .type = "bool",
                                  .choices = {},
                                  .asked = {},
                                  .answer = {},
                                  .who = "",
                                  .note = "",
                                  .answered = {}};
  EXPECT_EQ(answers_of(question), "yes|no");
  question.type = "string";
  EXPECT_EQ(answers_of(question), "VALUE");
  question.type = "enum";
  question.choices = {"a", "not yet", "it's"};
  EXPECT_EQ(answers_of(question), "a|'not yet'|'it'\\''s'");
}

TEST(WhatNext, WordsAreQuotedForTheShell) {
  EXPECT_EQ(shell_word("a/b@n1"), "a/b@n1");
  EXPECT_EQ(shell_word("a[n=1]"), "'a[n=1]'");
  EXPECT_EQ(shell_word("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace assay::reports
