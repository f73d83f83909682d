// SPDX-License-Identifier: Apache-2.0
#include "engine/base/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace assay {

namespace {

// Looked up once: by its name, as each digest would do it again, costs more than a short text.
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (kAlgorithm == nullptr) throw std::runtime_error("OpenSSL offers no SHA-256");
  return kAlgorithm;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  bool open = false;  // bytes came of which the digest was not asked for
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
  void start() {
    open = true;
    if (context == nullptr || EVP_DigestInit_ex(context, algorithm(), nullptr) != 1) {
      throw std::runtime_error("OpenSSL cannot begin a SHA-256");
    }
  }
};

// The state is made with the first byte, because many a stream has none, and kept for the next stream.
Sha256::Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  if (!state_) state_ = std::make_unique<State>();
  if (!state_->open) state_->start();
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  if (!state_ || !state_->open) return sha256_hex({});
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, digest, &size);
  state_->open = false;
  return hex(std::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm(), nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot make a SHA-256");
  return hex(std::string_view(reinterpret_cast<const char*>(digest), size));
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure(system_failure("read", path, errno));
  Sha256 hash;
  std::vector<char> buffer(std::size_t{256} << 10U);
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(system_failure("read", path, errno));
    if (n == 0) return hash.finish();
    hash.update(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
  }
}

}  // namespace assay
