// SPDX-License-Identifier: Apache-2.0
#include "engine/system/zstd.h"

#include <gmock/gmock.h>

#include "support/cases.h"

namespace assay::system {
namespace {

TakeBytes into(std::string& out) {
  return [&out](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  };
}

TEST(Zstd, WhatGoesInComesOut) {
  for (const std::size_t size : {0, 1, 1000, 131'072, 131'073, 5'000'000}) {
    std::string bytes;
    while (bytes.size() < size) bytes += std::to_string(bytes.size() * 7);
    bytes.resize(size);
    const auto packed = zstd_compressed(bytes);
    ASSERT_TRUE(packed);
    EXPECT_EQ(zstd_decompressed(*packed, size), bytes) << size;
  }
}

TEST(Zstd, PiecesOfAnySizeAreOneStream) {
  std::string packed;
  ZstdCompressor compressor;
  std::string bytes;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(compressor.write(std::to_string(i) + "\n", into(packed)));
    bytes += std::to_string(i) + "\n";
  }
  ASSERT_TRUE(compressor.finish(into(packed)));
  std::string out;
  ZstdDecompressor decompressor(bytes.size());
  for (const char c : packed) {
    EXPECT_FALSE(decompressor.finish()) << "not yet";
    ASSERT_TRUE(decompressor.write(std::string_view(&c, 1), into(out)));
  }
  EXPECT_TRUE(decompressor.finish());
  EXPECT_EQ(out, bytes);
}

TEST(Zstd, TheErrorOfWhoTakesTheBytesIsGivenBack) {
  const TakeBytes refuse = [](std::string_view) -> Result<void> { return failure(Code::kSystem, "full"); };
  ZstdCompressor compressor;
  ASSERT_TRUE(compressor.write("x", refuse)) << "nothing has come out yet";
  EXPECT_EQ(compressor.finish(refuse).error().message, "full");
  ZstdDecompressor decompressor(10);
  EXPECT_EQ(decompressor.write(zstd_compressed("x").value(), refuse).error().message, "full");
}

TEST(Zstd, ALimitIsHeldBeforeTheBytesAreMade) {
  const std::string bomb = zstd_compressed(std::string(100'000'000, 'x')).value();
  std::size_t most = 0;
  ZstdDecompressor decompressor(1'000'000);
  const auto written = decompressor.write(bomb, [&](std::string_view piece) -> Result<void> {
    most += piece.size();
    return {};
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kTooLarge);
  EXPECT_LE(most, 1'000'000U);
  EXPECT_EQ(zstd_decompressed(zstd_compressed("12345").value(), 4).error().message,
            "compressed bytes become more than 4 bytes");
}

TEST(Zstd, EveryChangedByteIsAnErrorOrOtherBytes) {
  const std::string bytes = "the quick brown fox jumps over the lazy dog, the quick brown fox";
  const std::string good = zstd_compressed(bytes).value();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {1, 16, 128}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ bit);
      const auto out = zstd_decompressed(bad, 1000);
      if (out) continue;
      EXPECT_THAT(out.error().code, testing::AnyOf(Code::kCompression, Code::kTooLarge)) << at;
    }
  }
}

struct BrokenCase {
  const char* name;
  std::string bytes;
  const char* message;
};
class BrokenFrame : public testing::TestWithParam<BrokenCase> {};
TEST_P(BrokenFrame, IsRefusedInWords) {
  const auto out = zstd_decompressed(GetParam().bytes, 1000);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::kCompression);
  EXPECT_EQ(out.error().message, std::string("compressed bytes cannot be read: ") + GetParam().message);
}
const std::string kFrame = zstd_compressed("hello").value();
const BrokenCase kBroken[] = {
    {"nothing", "", "the frame is cut off"},
    {"text", "hello, this is no frame", "Unknown frame descriptor"},
    {"cut", kFrame.substr(0, kFrame.size() - 2), "the frame is cut off"},
    {"two_frames", kFrame + kFrame, "bytes follow the end of the frame"},
    // Magic, a descriptor without a size, a window of 2^27 bytes.
    {"window_of_128_mib", std::string("\x28\xB5\x2F\xFD\x00\x88\x01\x00\x00", 9),
     "Frame requires too much memory for decoding"},
};
INSTANTIATE_TEST_SUITE_P(Zstd, BrokenFrame, testing::ValuesIn(kBroken), test::case_name);

}  // namespace
}  // namespace assay::system
