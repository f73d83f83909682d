// SPDX-License-Identifier: Apache-2.0
// Zstandard streams (RFC 8878) in constant memory, by libzstd. One stream is one frame.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace assay::system {

// Takes bytes as they come out of a stream; its error ends the call that brought them.
using TakeBytes = std::function<Result<void>(std::string_view bytes)>;

// Level 1: a tenth of a processor for 50 MB/s of text, and less than 1 MiB of memory a stream, however long it is. The
// same pieces give the same bytes.
class ZstdCompressor {
 public:
  ZstdCompressor();
  ZstdCompressor(ZstdCompressor&&) noexcept;
  ZstdCompressor& operator=(ZstdCompressor&&) noexcept;
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;
  ~ZstdCompressor();

  Result<void> write(std::string_view bytes, const TakeBytes& take);
  // The end of the frame; nothing may be written after it.
  Result<void> finish(const TakeBytes& take);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// For frames from anybody: a window beyond 8 MiB, bytes after the frame and a frame that is cut are errors (kTooLarge,
// kCompression), and so are more than `limit` bytes, before they are made.
class ZstdDecompressor {
 public:
  explicit ZstdDecompressor(std::uint64_t limit);
  ZstdDecompressor(ZstdDecompressor&&) noexcept;
  ZstdDecompressor& operator=(ZstdDecompressor&&) noexcept;
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;
  ~ZstdDecompressor();

  Result<void> write(std::string_view bytes, const TakeBytes& take);
  // Error when the frame has not come to its end.
  Result<void> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All at once, for what fits into memory.
Result<std::string> zstd_compressed(std::string_view bytes);
Result<std::string> zstd_decompressed(std::string_view bytes, std::uint64_t limit);

}  // namespace assay::system
