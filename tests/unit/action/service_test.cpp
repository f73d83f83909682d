// SPDX-License-Identifier: Apache-2.0
#include "engine/action/service.h"

#include <csignal>

#include "action_fixture.h"
#include "engine/base/text.h"

namespace assay::action {
namespace {

using record::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class ServiceTest : public ActionTest {
 protected:
  // A test beside which `service` runs, written as argv.
  void use_service(const std::string& service, const std::string& rest) {
    use_test("class: functional\ncounters: false\ncriteria: [exit_code == 0]\nservice: { run: " + service + " }\n" +
             rest);
  }
  static std::string program() { return ASSAY_LISTENER; }
};

TEST_F(ServiceTest, RunsBesideTheTestAndIsReadyFirst) {
  use_service("[" + program() + ", '${{ service.port }}', '${{ params.word }}']",
              "run: [" + program() + ", --ask, '${{ service.port }}']\noutputs: { said: stdout.trim() }");
  origin_->params = expr::from_json(Json::parse(R"({"word": "hello"})"));
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kPass) << step.reason;
  EXPECT_EQ(step.outputs["said"], "hello");
  EXPECT_THAT(names_of(step.evidence), ElementsAre("stdout", "service/stdout"));
  const auto output = journal("output");
  ASSERT_EQ(output.size(), 2U);
  EXPECT_EQ(output[1]["name"], "service/stdout");
  const std::string ready = output[1]["text"].get<std::string>();
  ASSERT_TRUE(ready.starts_with("ready ")) << ready;
  EXPECT_NE(::kill(std::stoi(ready.substr(6)), 0), 0) << "it was ended with the test";
}

TEST_F(ServiceTest, IsEndedAlsoWhenTheTestFails) {
  use_service("[" + program() + ", '${{ service.port }}', x]", "run: ['false']");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kFail);
  EXPECT_EQ(step.reason, "exit code 1");
  const std::string ready = journal("output").at(0)["text"].get<std::string>();
  EXPECT_NE(::kill(std::stoi(ready.substr(6)), 0), 0);
}

TEST_F(ServiceTest, ThatEndsBeforeItIsReadyIsAnErrorWithItsWords) {
  use_service("[sh, -c, 'echo no such card >&2; exit 1']", "run: [touch, " + (folder_ / "effect").string() + "]");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kError);
  EXPECT_THAT(step.reason, MatchesRegex("the service 'sh' was not ready on port [0-9]+: no such card"));
  EXPECT_THAT(names_of(step.evidence), ElementsAre("service/stderr"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "effect")) << "the test itself is not begun";
}

TEST_F(ServiceTest, ThatCannotStartIsNamed) {
  use_service("[no-such-server]", "run: ['true']");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kError);
  EXPECT_THAT(step.reason, HasSubstr("cannot start 'no-such-server': not found on PATH"));
}

TEST_F(ServiceTest, WithAnArgumentThatHasNoValueIsAnError) {
  use_service("[echo, '${{ params.none }}']", "run: ['true']");
  EXPECT_THAT(performed().reason, HasSubstr("no key 'none' in params"));
}

TEST_F(ServiceTest, NeedNotHaveAPort) {
  use_test(
      "class: functional\ncounters: false\ncriteria: [exit_code == 0]\n"
      "service: { run: [sh, -c, 'echo $$ >" +
      (folder_ / "pid").string() + "; exec sleep 60'], ready: none }\nrun: [sh, -c, 'until [ -s " +
      (folder_ / "pid").string() + " ]; do sleep 0.01; done']");
  const record::StepRecord step = performed();
  EXPECT_EQ(step.verdict, Verdict::kPass) << step.reason;
  EXPECT_NE(::kill(std::stoi(test::slurp(folder_ / "pid")), 0), 0);
}

TEST_F(ServiceTest, WithoutOneThereIsNothingToStop) {
  RunningService service;
  StepContext context = this->context();
  const auto evidence = finish(service.stop(context));
  ASSERT_TRUE(evidence);
  EXPECT_TRUE(evidence->empty());
}

TEST(FreePort, IsOneThatCanBeBound) {
  const auto first = target::LocalTarget({}).free_port();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_GE(*first, 1024);
}

}  // namespace
}  // namespace assay::action
