// SPDX-License-Identifier: Apache-2.0
// Vectors: FIPS 180-4 examples (NIST, "SHA256.pdf" and the long message of a million 'a').
#include "engine/base/sha256.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace assay {
namespace {

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_hex(""), kEmpty);
  EXPECT_EQ(sha256_hex("abc"), kAbc);
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')), kMillion);
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));
  EXPECT_EQ(hash.finish(), kMillion);
}

TEST(Sha256, IsAsNewAfterFinish) {
  Sha256 hash;
  EXPECT_EQ(hash.finish(), kEmpty);
  hash.update("abc");
  EXPECT_EQ(hash.finish(), kAbc);
  EXPECT_EQ(hash.finish(), kEmpty);
}

TEST(Sha256, MovesWithItsState) {
  Sha256 first;
  first.update("ab");
  Sha256 second(std::move(first));
  second.update("c");
  Sha256 third;
  third = std::move(second);
  EXPECT_EQ(third.finish(), kAbc);
}

TEST(Sha256, OfFiles) {
  const test::TempFolder folder;
  EXPECT_EQ(sha256_file(folder.write("million", std::string(1'000'000, 'a'))).value(), kMillion);
  EXPECT_EQ(sha256_file(folder.write("empty", "")).value(), kEmpty);
  const auto missing = sha256_file(folder / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot read '" + (folder / "missing").string() + "': No such file or directory");
  EXPECT_EQ(sha256_file(folder.path()).error().code, Code::kSystem);
}

}  // namespace
}  // namespace assay
