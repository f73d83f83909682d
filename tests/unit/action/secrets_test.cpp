// SPDX-License-Identifier: Apache-2.0
// The one place where secrets become what they are: the environment and standard input of a step.
#include "action_fixture.h"

namespace assay::action {
namespace {

class SecretStep : public ActionTest {
 protected:
  SecretStep()
      : ActionTest(
            secret::Secrets::create({{"env:A", "hunter2hunter2"}, {"vault:b", std::string("with\0nul byte", 13)}})
                .value()) {}
};

TEST_F(SecretStep, ReachesTheProgramAndNothingElse) {
  use_step(R"(run: 'test "$KEY" = "Bearer hunter2hunter2" && cat && echo "$KEY" >&2'
env: { KEY: "Bearer ${{ secret('env:A') }}" }
stdin: "${{ secret('vault:b') }}"
outputs: { said: stdout }
)");
  const auto step = performed();
  EXPECT_EQ(step.verdict, record::Verdict::kPass) << step.reason;
  EXPECT_EQ(step.outputs["said"], "***");
  const auto outputs = journal("output");
  EXPECT_EQ(outputs[0]["text"], "test \"$KEY\" = \"Bearer ***\" && cat && echo \"$KEY\" >&2") << "its script";
  EXPECT_EQ(outputs[1]["text"], "***");
  EXPECT_EQ(outputs[2]["text"], "Bearer ***\n");
  EXPECT_EQ(outputs[2]["size"], 11);
}

TEST_F(SecretStep, IsNotInTheReasonOfAFailure) {
  use_step("run: 'echo \"password $KEY refused\" >&2; exit 3'\nenv: { KEY: \"${{ secret('env:A') }}\" }\n");
  const auto step = performed();
  EXPECT_EQ(step.reason, "exit code 3: password *** refused");
}

TEST_F(SecretStep, IsTakenOutOfArtifactsAndTheirNames) {
  use_step(
      "run: 'printf %s \"$KEY\" > \"a-$KEY.txt\"'\nenv: { KEY: \"${{ secret('env:A') }}\" }\nartifacts: ['*.txt']\n");
  performed();
  const auto outputs = journal("output");
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0]["name"], "script");
  EXPECT_EQ(outputs[1]["name"], "artifacts/a-***.txt");
  EXPECT_EQ(outputs[1]["text"], "***");
}

TEST_F(SecretStep, CannotBeAVariableWithANulByte) {
  use_step("run: ['true']\nenv: { KEY: \"${{ secret('vault:b') }}\" }\n");
  const auto step = performed();
  EXPECT_EQ(step.verdict, record::Verdict::kError);
  EXPECT_THAT(step.reason, testing::HasSubstr("a variable cannot hold a NUL byte"));
  EXPECT_THAT(journal("started"), testing::IsEmpty());
}

TEST_F(ActionTest, ASecretIsAnErrorWhereNothingWasRead) {
  use_step("run: ['true']\nenv: { KEY: \"${{ secret('env:A') }}\" }\n");
  EXPECT_THAT(performed().reason, testing::HasSubstr("the secrets of this run have not been read"));
}

// What the checker refuses is refused here too.
TEST_F(SecretStep, IsNoTextAnywhereElse) {
  use_step("run: [echo, \"${{ secret('env:A') }}\"]\n");
  const auto step = performed();
  EXPECT_EQ(step.verdict, record::Verdict::kError);
  EXPECT_THAT(step.reason, testing::HasSubstr("a value of type secret cannot stand in text"));
}

}  // namespace
}  // namespace assay::action
