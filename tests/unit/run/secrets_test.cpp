// SPDX-License-Identifier: Apache-2.0
// What a run with secrets tells those who watch.
#include "engine_fixture.h"

namespace assay::run {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(EngineTest, ObserversAreToldOfSecretsAsLittleAsTheRecord) {
  options_.secrets = secret::Secrets::create({{"env:A", "hunter2hunter2"}}).value();
  run(R"(params: { key: { type: secret, default: "env:A" } }
steps:
  - { id: a, run: 'echo "$KEY refused" >&2; exit 1', env: { KEY: "${{ params.key }}" } }
  - { id: hunter2hunter2x, name: to hunter2hunter2, if: always(), run: [echo, hunter2hunter2], outputs: { o: stdout } }
)");
  EXPECT_THAT(told(),
              testing::ElementsAre("a finished fail: exit code 1: *** refused", "hunter2hunter2x finished pass"));
  const std::string& events = watcher_.all;
  EXPECT_THAT(events, HasSubstr("*** refused"));
  EXPECT_THAT(events, HasSubstr("to ***"));
  EXPECT_THAT(replace_all(events, "hunter2hunter2x", ""), Not(HasSubstr("hunter2")));
  EXPECT_EQ(record_.header["params"]["key"], "env:A");
}

TEST_F(EngineTest, ARecipeInUseHasTheSecretsThatItIsGiven) {
  options_.secrets = secret::Secrets::create({{"env:A", "hunter2hunter2"}}).value();
  folder_.write("inner.yaml", std::string(kHead) + R"(params: { token: { type: secret } }
steps: [{ id: x, run: 'test "$T" = me:hunter2hunter2', env: { T: "${{ params.token }}" } }]
)");
  run(R"(params: { key: { type: secret, default: "env:A" } }
steps: [{ id: u, use: inner.yaml, with: { token: "me:${{ params.key }}" } }]
)");
  EXPECT_THAT(told(), testing::ElementsAre("u/x finished pass", "u finished pass"));
  EXPECT_EQ(record_.steps[1].extra->params["token"], "me:${{ secret(\"env:A\") }}");
}

}  // namespace
}  // namespace assay::run
