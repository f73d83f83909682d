// SPDX-License-Identifier: Apache-2.0
#include "engine/system/zstd.h"

#include <zstd.h>

#include <new>
#include <vector>

namespace assay::system {
namespace {

constexpr int kLevel = 1;
constexpr int kWindowLog = 19;      // 512 KiB: what a stream needs to remember, and what reading it costs
constexpr int kMostWindowLog = 23;  // of frames from elsewhere

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

tl::unexpected<Diagnostic> broken(const std::string& what) {
  return failure(Code::kCompression, "compressed bytes cannot be read: " + what);
}

}  // namespace

struct ZstdCompressor::State {
  std::unique_ptr<ZSTD_CCtx, FreeContext> context{ZSTD_createCCtx()};
  std::vector<char> out = std::vector<char>(ZSTD_CStreamOutSize());

  Result<void> step(std::string_view bytes, ZSTD_EndDirective directive, const TakeBytes& take) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer piece{out.data(), out.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context.get(), &piece, &in, directive);
      if (ZSTD_isError(left) != 0)
        return failure(Code::kCompression, std::string("cannot compress: ") + ZSTD_getErrorName(left));
      if (piece.pos > 0) ASSAY_CHECK(take(std::string_view(out.data(), piece.pos)));
      const bool done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (done) return {};
    }
  }
};

ZstdCompressor::ZstdCompressor() : state_(std::make_unique<State>()) {
  if (state_->context == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_windowLog, kWindowLog);
}
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;
ZstdCompressor& ZstdCompressor::operator=(ZstdCompressor&&) noexcept = default;
ZstdCompressor::~ZstdCompressor() = default;

Result<void> ZstdCompressor::write(std::string_view bytes, const TakeBytes& take) {
  return state_->step(bytes, ZSTD_e_continue, take);
}
Result<void> ZstdCompressor::finish(const TakeBytes& take) { return state_->step({}, ZSTD_e_end, take); }

struct ZstdDecompressor::State {
  std::unique_ptr<ZSTD_DCtx, FreeContext> context{ZSTD_createDCtx()};
  std::vector<char> out = std::vector<char>(ZSTD_DStreamOutSize());
  std::uint64_t limit = 0;
  std::uint64_t made = 0;
  bool ended = false;
};

ZstdDecompressor::ZstdDecompressor(std::uint64_t limit) : state_(std::make_unique<State>()) {
  if (state_->context == nullptr) throw std::bad_alloc();
  state_->limit = limit;
  ZSTD_DCtx_setParameter(state_->context.get(), ZSTD_d_windowLogMax, kMostWindowLog);
}
ZstdDecompressor::ZstdDecompressor(ZstdDecompressor&&) noexcept = default;
ZstdDecompressor& ZstdDecompressor::operator=(ZstdDecompressor&&) noexcept = default;
ZstdDecompressor::~ZstdDecompressor() = default;

Result<void> ZstdDecompressor::write(std::string_view bytes, const TakeBytes& take) {
  State& state = *state_;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  bool full = false;
  while (in.pos < in.size || full) {
    if (state.ended) return broken("bytes follow the end of the frame");
    ZSTD_outBuffer piece{state.out.data(), state.out.size(), 0};
    const std::size_t left = ZSTD_decompressStream(state.context.get(), &piece, &in);
    if (ZSTD_isError(left) != 0) return broken(ZSTD_getErrorName(left));
    if (piece.pos > state.limit - state.made) {
      return failure(Code::kTooLarge, "compressed bytes become more than " + std::to_string(state.limit) + " bytes");
    }
    state.made += piece.pos;
    if (piece.pos > 0) ASSAY_CHECK(take(std::string_view(state.out.data(), piece.pos)));
    state.ended = left == 0;
    full = !state.ended && piece.pos == piece.size;  // the library may hold more than there was room for
  }
  return {};
}

Result<void> ZstdDecompressor::finish() {
  if (!state_->ended) return broken("the frame is cut off");
  return {};
}

Result<std::string> zstd_compressed(std::string_view bytes) {
  std::string out;
  const TakeBytes take = [&](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  };
  ZstdCompressor compressor;
  ASSAY_CHECK(compressor.write(bytes, take));
  ASSAY_CHECK(compressor.finish(take));
  return out;
}

Result<std::string> zstd_decompressed(std::string_view bytes, std::uint64_t limit) {
  std::string out;
  ZstdDecompressor decompressor(limit);
  ASSAY_CHECK(decompressor.write(bytes, [&](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  }));
  ASSAY_CHECK(decompressor.finish());
  return out;
}

}  // namespace assay::system
