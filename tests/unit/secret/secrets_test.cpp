// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/secrets.h"

#include <gtest/gtest.h>

namespace assay::secret {
namespace {

expr::Secret parts(std::vector<expr::Secret::Part> parts) { return {std::move(parts)}; }

TEST(Secrets, JoinTextsAndValues) {
  const auto secrets = Secrets::create({{"env:A", "alpha-alpha"}, {"vault:b", "beta-beta"}}).value();
  EXPECT_EQ(secrets->reveal(parts({{"env:A", true}})), "alpha-alpha");
  EXPECT_EQ(secrets->reveal(parts({{"me:", false}, {"vault:b", true}, {"@", false}, {"env:A", true}})),
            "me:beta-beta@alpha-alpha");
  EXPECT_EQ(secrets->redactor().redact("alpha-alpha beta-beta env:A"), "*** *** env:A");
}

TEST(Secrets, RefuseWhatWasNotRead) {
  const auto secrets = Secrets::create({{"env:A", "alpha-alpha"}}).value();
  const auto text = secrets->reveal(parts({{"env:A", true}, {"env:B", true}}));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::kSecretSource);
  EXPECT_EQ(text.error().message, "the secret 'env:B' was not read when the run began");
}

TEST(Secrets, StandForThemselvesInARehearsal) {
  const auto secrets = Secrets::of_references();
  EXPECT_EQ(secrets->reveal(parts({{"Bearer ", false}, {"env:B", true}})), "Bearer env:B");
  EXPECT_TRUE(secrets->redactor().finds_nothing());
}

TEST(Secrets, AreWiped) {
  std::string text = "hunter2hunter2hunter2hunter2";
  const char* bytes = text.data();
  wipe(text);
  EXPECT_EQ(text, "");
  EXPECT_EQ(bytes[0], '\0');
  EXPECT_EQ(bytes[27], '\0');
}

}  // namespace
}  // namespace assay::secret
