// SPDX-License-Identifier: Apache-2.0
// People in the loop: questions of a recipe, their answers from a file, from a person at hand, and later.
#include "engine/run/questions.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/record/run_writer.h"
#include "engine_fixture.h"
#include "support/cases.h"

namespace assay::run {
namespace {

using record::Verdict;
using testing::ElementsAre;

struct AnswerCase {
  const char* name;
  const char* type;
  const char* text;
  const char* json;  // nullptr: it is none
};
class Answers : public testing::TestWithParam<AnswerCase> {};
TEST_P(Answers, AreOfTheTypeThatIsAskedFor) {
  const record::QuestionRecord question{
      .step = "s", .question = "q", .type = GetParam().type, .choices = {"go on", "stop"}};
  const auto answer = parse_answer(question, GetParam().text);
  if (GetParam().json == nullptr) {
    ASSERT_FALSE(answer) << *answer;
    EXPECT_EQ(answer.error().code, Code::kBadValue);
  } else {
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->dump(), GetParam().json);
  }
}
const AnswerCase kAnswers[] = {
    {"yes", "bool", "yes", "true"},
    {"no", "bool", "n", "false"},
    {"perhaps", "bool", "perhaps", nullptr},
    {"choice", "enum", "go on", "\"go on\""},
    {"other_choice", "enum", "go", nullptr},
    {"number", "int", "-41", "-41"},
    {"fraction_for_int", "int", "4.1", nullptr},
    {"fraction", "number", "4.5", "4.5"},
    {"largest_int", "int", "9223372036854775807", "9223372036854775807"},
    {"smallest_int", "int", "-9223372036854775808", "-9223372036854775808"},
    {"larger_than_int", "int", "9223372036854775808", nullptr},
    {"largest_unsigned", "int", "18446744073709551615", nullptr},
    {"words_for_number", "number", "four", nullptr},
    {"infinity", "number", "1e999", nullptr},
    {"text", "string", "a \"b\"", "\"a \\\"b\\\"\""},
    {"broken_text", "string", "\xFF", nullptr},
};
INSTANTIATE_TEST_SUITE_P(Questions, Answers, testing::ValuesIn(kAnswers), test::case_name);

TEST(AnswerFiles, AreTakenOnceAndOnlyWhenTheyAreWhole) {
  const test::TempFolder folder;
  const record::QuestionRecord question{.step = "a/b[n=1]", .question = "q", .type = "int"};
  const record::QuestionRecord answer{.step = "a/b[n=1]", .answer = 7, .who = "ann", .note = "why"};
  ASSERT_TRUE(leave_answer(folder / "answers", answer));
  EXPECT_FALSE(take_answer(folder / "answers", {.step = "other", .question = "q", .type = "int"}));
  const auto taken = take_answer(folder / "answers", question);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->answer, 7);
  EXPECT_EQ(taken->who, "ann");
  EXPECT_EQ(taken->note, "why");
  EXPECT_FALSE(take_answer(folder / "answers", question)) << "it is gone";
  ASSERT_TRUE(leave_answer(folder / "answers", answer));
  const auto file = std::filesystem::directory_iterator(folder / "answers")->path();
  for (const char* broken : {"", "{", "[]", "{\"who\": \"ann\"}", "{\"answer\": \"7\"}", "{\"answer\": 7.5}",
                             "{\"answer\": true}", "{\"answer\": 18446744073709551615}"}) {
    std::ofstream(file, std::ios::trunc) << broken;
    EXPECT_FALSE(take_answer(folder / "answers", question)) << broken;
    EXPECT_FALSE(std::filesystem::exists(file)) << broken;
  }
}

TEST(AnswerFiles, AnswerTheQuestionTheyWereLeftForAndNoOther) {
  const test::TempFolder folder;
  const record::QuestionRecord question{.step = "a", .question = "Go?", .type = "enum", .choices = {"x", "y"}};
  record::QuestionRecord answer = question;
  answer.answer = "x";
  answer.who = "ann";
  ASSERT_TRUE(leave_answer(folder / "answers", answer));
  ASSERT_TRUE(take_answer(folder / "answers", question));
  for (const record::QuestionRecord& other :
       {record::QuestionRecord{.step = "a", .question = "Stop?", .type = "enum", .choices = {"x", "y"}},
        record::QuestionRecord{.step = "a", .question = "Go?", .type = "string"},
        record::QuestionRecord{.step = "a", .question = "Go?", .type = "enum", .choices = {"x", "z"}}}) {
    ASSERT_TRUE(leave_answer(folder / "answers", answer));
    EXPECT_FALSE(take_answer(folder / "answers", other));
    EXPECT_FALSE(take_answer(folder / "answers", question)) << "it is gone";
  }
}

TEST(AnswerFiles, HoldEveryTextThatIsAnAnswer) {
  const test::TempFolder folder;
  const record::QuestionRecord question{.step = "a", .question = "q", .type = "string"};
  const std::string longest(std::size_t{64} << 10U, '\x01');
  ASSERT_TRUE(parse_answer(question, longest));
  EXPECT_FALSE(parse_answer(question, longest + "x"));
  ASSERT_TRUE(leave_answer(folder / "answers", {.step = "a", .answer = longest, .who = "ann"}));
  const auto taken = take_answer(folder / "answers", question);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->answer, longest);
}

// Answers what it was told to, in order; an empty text is "not now".
class ScriptedPerson final : public Person {
 public:
  explicit ScriptedPerson(std::vector<std::string> answers) : answers_(std::move(answers)) {}
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) override {
    asked.push_back(question.question);
    const std::string text = asked.size() <= answers_.size() ? answers_[asked.size() - 1] : "";
    const auto value = text.empty() ? failure(Code::kBadValue, "") : parse_answer(question, text);
    if (!value) co_return std::nullopt;
    record::QuestionRecord out = question;
    out.answer = *value;
    out.who = "ann";
    co_return out;
  }
  void withdraw() override {}
  std::vector<std::string> asked;

 private:
  std::vector<std::string> answers_;
};

TEST_F(EngineTest, APersonAtHandIsAskedWhenNothingElseIsLeftToDo) {
  ScriptedPerson person({"yes", "41"});
  options_.person = &person;
  run("order: graph\nsteps: [{ id: a, approve: \"Begin?\" }, { id: b, run: [sh, -c, 'sleep 0.05; echo b'] }, { id: n, "
      "needs: "
      "[a], approve: { question: \"How many after ${{ steps.a.outputs.who }}?\", answer: int } }, { id: c, needs: [n], "
      "run: [echo, \"${{ steps.n.outputs.answer + 1 }}\"] }]\n");
  EXPECT_THAT(person.asked, ElementsAre("Begin?", "How many after ann?"));
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(output_of("c"), "42\n");
  const auto lines = journal();
  const auto at = [&](const std::string& line) { return std::find(lines.begin(), lines.end(), line) - lines.begin(); };
  EXPECT_LT(at("finished b"), at("answered a")) << "what could be done was done first";
  ASSERT_EQ(record_.questions.size(), 2U);
  EXPECT_EQ(record_.questions[1].answer, 41);
  EXPECT_EQ(record_.questions[1].who, "ann");
}

TEST_F(EngineTest, NoIsAFailureOfItsOwnClass) {
  ScriptedPerson person({"no"});
  options_.person = &person;
  run("steps: [{ id: a, approve: \"Begin?\" }, { id: b, run: ['true'] }]\n");
  EXPECT_THAT(told(), ElementsAre("a finished fail: ann said no", "b skipped skipped: needs a [needs]"));
  EXPECT_EQ(record_.steps[0].failure, "business");
}

TEST_F(EngineTest, WithoutAnAnswerTheRunWaitsAndGoesOnLater) {
  const std::string steps = "steps: [{ id: a, approve: \"Begin?\" }, { id: b, run: ['true'] }]\n";
  run(steps);
  EXPECT_EQ(result_.ending, Ending::kWaiting);
  EXPECT_EQ(result_.outcome.exit_code, 4);
  EXPECT_EQ(record_.status, record::Status::kWaiting);
  EXPECT_EQ(record_.steps[1].status, record::Status::kPending);
  ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "a", .answer = true, .who = "bob"}));
  resume(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(record_.steps[0].attempts, 1);
  EXPECT_EQ(record_.steps[0].outputs["who"], "bob");
}

TEST_F(EngineTest, AnAnswerReachesARunThatIsAtWork) {
  watcher_.at_event = [&](const std::string& line) {
    if (line != "waiting a") return;
    const auto run = std::filesystem::directory_iterator(options_.store / "runs")->path().filename().string();
    ASSERT_TRUE(leave_answer(answers_folder(options_.store, run), {.step = "a", .answer = true, .who = "bob"}));
  };
  run("order: graph\nsteps: [{ id: a, approve: \"Begin?\" }, { id: b, run: [sh, -c, 'sleep 1'] }]\n");
  EXPECT_EQ(result_.ending, Ending::kSealed) << "it never had to be resumed";
  EXPECT_EQ(record_.verdict, Verdict::kPass);
}

// A question, a step that works beside it, and one that is always done after it.
const std::string kQuestionBesideWork =
    "order: graph\nsteps: [{ id: q, approve: \"Go?\" }, { id: w, run: [sh, -c, 'test -e again || exec sleep 300'], "
    "cwd: FOLDER }, { id: z, needs: [q], if: always(), run: ['true'] }]\n";

TEST_F(EngineTest, AStopEndsAQuestionToo) {
  const std::string steps = replace_all(kQuestionBesideWork, "FOLDER", folder_.path().string());
  watcher_.at_event = [](const std::string& line) {
    if (line == "step_started w") ::kill(::getpid(), SIGINT);
  };
  run(steps);
  EXPECT_EQ(result_.ending, Ending::kStopped);
  EXPECT_EQ(result_.outcome.exit_code, 130);
  EXPECT_THAT(told(), ElementsAre("q cancelled error: stopped while it waited for an answer",
                                  "w cancelled error: stopped on request", "z finished pass"));
  watcher_.at_event = nullptr;
  folder_.write("again", "");
  ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "q", .answer = true, .who = "ann"}));
  resume(steps);
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(record_.questions.size(), 1U) << "it is the same question";
}

TEST_F(EngineTest, ADeadlineEndsAQuestionToo) {
  run("deadline: 200ms\n" + replace_all(kQuestionBesideWork, "FOLDER", folder_.path().string()));
  EXPECT_EQ(result_.ending, Ending::kSealed);
  EXPECT_EQ(result_.outcome.exit_code, 3);
  const std::string late = " cancelled error: the run took longer than its deadline of 200ms";
  EXPECT_THAT(told(), ElementsAre("q" + late, "w" + late, "z finished pass"));
}

TEST_F(EngineTest, AQuestionThatIsPutAfterAStopIsNotWaitedFor) {
  watcher_.at_event = [](const std::string& line) {
    if (line == "step_started w") ::kill(::getpid(), SIGTERM);
  };
  run("steps: [{ id: w, run: [sleep, '300'] }, { id: q, if: always(), approve: \"Clean up?\" }]\n");
  EXPECT_EQ(result_.ending, Ending::kStopped);
  EXPECT_THAT(told(), ElementsAre("w cancelled error: stopped on request",
                                  "q cancelled error: stopped while it waited for an answer"));
}

TEST_F(EngineTest, OnlyAnAnswerOfTheRightTypeAnswers) {
  const std::string steps = "steps: [{ id: a, approve: \"Begin?\" }, { id: b, run: ['true'] }]\n";
  run(steps);
  ASSERT_TRUE(leave_answer(answers_folder(options_.store, result_.id), {.step = "a", .answer = "no", .who = "ann"}));
  resume(steps);
  EXPECT_EQ(result_.ending, Ending::kWaiting) << "a text is neither yes nor no";
  EXPECT_FALSE(record_.questions.at(0).answered);
}

// What was asked, what it became, and the answer that had been given to it.
struct ChangedCase {
  const char* name;
  const char* before;
  const char* answer;  // JSON; empty: none
  const char* after;
  bool asked_again;
};
class ChangedQuestion : public EngineTest, public testing::WithParamInterface<ChangedCase> {};
TEST_P(ChangedQuestion, IsPutAgain) {
  const auto steps = [](const std::string& question) { return "steps: [{ id: a, approve: { " + question + " } }]\n"; };
  run(steps(GetParam().before));
  if (GetParam().answer[0] != '\0') {
    const Json answer = Json::parse(GetParam().answer);
    auto writer = record::RunWriter::reopen(record_, clock_).value();
    ASSERT_TRUE(writer.answered({.step = "a", .answer = answer, .who = "ann"}));
    ASSERT_TRUE(writer.close());
    record_ = record::read_run(result_.folder).value();
  }
  resume(steps(GetParam().after));
  EXPECT_EQ(result_.ending == Ending::kWaiting, GetParam().asked_again || GetParam().answer[0] == '\0');
  const auto lines = journal();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "waiting a"), GetParam().asked_again ? 2 : 1);
  EXPECT_EQ(record_.questions.size(), GetParam().asked_again && GetParam().answer[0] != '\0' ? 2U : 1U)
      << "one that nobody had answered is gone";
  const std::string now = record_.questions.back().question;
  EXPECT_THAT(GetParam().after, testing::HasSubstr(now));
}
const ChangedCase kChanged[] = {
    {"the_same", "question: Go", "", "question: Go", false},
    {"the_same_answered", "question: Go", "true", "question: Go", false},
    {"other_words", "question: Go", "", "question: Stop", true},
    {"other_words_answered", "question: Go", "true", "question: Stop", true},
    {"other_type", "question: Go", "", "question: Go, answer: int", true},
    {"other_type_answered", "question: Go", "true", "question: Go, answer: string", true},
    {"other_choices", "question: Go, answer: enum, choices: [x, y]", "", "question: Go, answer: enum, choices: [x, z]",
     true},
    {"other_choices_answered", "question: Go, answer: enum, choices: [x, y]", "\"y\"",
     "question: Go, answer: enum, choices: [x, z]", true},
    {"answer_that_does_not_fit", "question: Go", "\"no\"", "question: Go", true},
};
INSTANTIATE_TEST_SUITE_P(Engine, ChangedQuestion, testing::ValuesIn(kChanged), test::case_name);

// Thinks until the question is taken back.
class ThinkingPerson final : public Person {
 public:
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) override {
    asked.push_back(question.step);
    boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    thought_ = &never;
    if (at_question) at_question(question.step);
    co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    thought_ = nullptr;
    co_return std::nullopt;
  }
  void withdraw() override { thought_->cancel(); }
  std::vector<std::string> asked;
  std::function<void(const std::string& step)> at_question;

 private:
  boost::asio::steady_timer* thought_ = nullptr;
};

class BesideAPerson : public EngineTest {
 protected:
  BesideAPerson() { options_.person = &person_; }
  void answer(const std::string& step) const {
    const auto run = std::filesystem::directory_iterator(options_.store / "runs")->path().filename().string();
    ASSERT_TRUE(leave_answer(answers_folder(options_.store, run), {.step = step, .answer = true, .who = "bob"}));
  }
  ThinkingPerson person_;
};

TEST_F(BesideAPerson, AStopIsSeen) {
  person_.at_question = [](const std::string&) { ::kill(::getpid(), SIGTERM); };
  run("steps: [{ id: a, approve: \"Begin?\" }, { id: z, if: always(), run: ['true'] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 143);
  EXPECT_THAT(told(), ElementsAre("a cancelled error: stopped while it waited for an answer", "z finished pass"));
}

TEST_F(BesideAPerson, TheDeadlineIsKept) {
  run("deadline: 100ms\nsteps: [{ id: a, approve: \"Begin?\" }, { id: z, if: always(), run: ['true'] }]\n");
  EXPECT_EQ(result_.outcome.exit_code, 3);
  EXPECT_THAT(told(),
              ElementsAre("a cancelled error: the run took longer than its deadline of 100ms", "z finished pass"));
}

TEST_F(BesideAPerson, TheDeadlineOfTheQuestionIsKept) {
  run("order: graph\nsteps: [{ id: a, deadline: 50ms, approve: \"Begin?\" }, { id: b, run: ['true'] }, { id: c, needs: "
      "[a], run: ['true'] }]\n");
  EXPECT_EQ(result_.ending, Ending::kSealed);
  EXPECT_THAT(told(), ElementsAre("a error error: deadline: nobody answered within 50ms", "b finished pass",
                                  "c skipped skipped: needs a [needs]"));
}

TEST_F(BesideAPerson, TheDeadlineOfTheQuestionGoesOnWithTheRun) {
  const std::string steps = "steps: [{ id: a, deadline: 1h, approve: \"Begin?\" }]\n";
  person_.at_question = [this](const std::string&) {
    clock_.advance(std::chrono::hours(2));
    ::kill(::getpid(), SIGTERM);
  };
  run(steps);
  ASSERT_EQ(result_.ending, Ending::kStopped);
  person_.at_question = nullptr;
  resume(steps);
  EXPECT_THAT(told(), ElementsAre("a error error: deadline: nobody answered within 1h"));
}

TEST_F(BesideAPerson, AnAnswerFromElsewhereCounts) {
  person_.at_question = [this](const std::string& step) { answer(step); };
  run("order: graph\nsteps: [{ id: a, approve: \"Begin?\" }, { id: b, approve: \"And b?\" }, { id: c, needs: [a], run: "
      "['true'] }]\n");
  EXPECT_THAT(person_.asked, ElementsAre("a", "b"));
  EXPECT_EQ(record_.verdict, Verdict::kPass);
  EXPECT_EQ(record_.steps[0].outputs["who"], "bob");
}

TEST_F(BesideAPerson, WhatAnotherAnswerLetsRunIsCarriedOutMeanwhile) {
  person_.at_question = [this](const std::string& step) {
    if (step == "a") answer("b");
  };
  watcher_.at_event = [this](const std::string& line) {
    if (line == "step_finished c pass 0") answer("a");
  };
  run("order: graph\nsteps: [{ id: a, approve: \"Begin?\" }, { id: b, approve: \"And b?\" }, { id: c, needs: [b], run: "
      "['true'] }]\n");
  EXPECT_THAT(person_.asked, ElementsAre("a"));
  EXPECT_EQ(record_.verdict, Verdict::kPass);
}

TEST_F(BesideAPerson, WhatWasDoneBeforeIsToldFirst) {
  person_.at_question = [this](const std::string&) {
    EXPECT_THAT(watcher_.seen, testing::Contains("step_finished a pass 0"));
    answer("q");
  };
  run("steps: [{ id: a, run: ['true'] }, { id: q, approve: \"Go on?\" }]\n");
  EXPECT_EQ(record_.verdict, Verdict::kPass);
}

}  // namespace
}  // namespace assay::run
