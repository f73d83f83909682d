// SPDX-License-Identifier: Apache-2.0
#include "cli/passphrase.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/secret/secrets.h"

namespace assay::cli {
namespace {

constexpr std::size_t kLongestLine = std::size_t{16} << 10U;

// The terminal neither shows what is typed nor acts on it, until the end of this object.
class HiddenTyping {
 public:
  explicit HiddenTyping(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~HiddenTyping() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  [[nodiscard]] bool works() const { return changed_; }

 private:
  int fd_;
  termios before_{};
  bool changed_ = false;
};

// Takes the last character off, all its bytes.
void erase_last(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Result<std::string> read_typed(int fd) {
  constexpr char kInterrupt = 3;
  constexpr char kEnd = 4;
  constexpr char kBackspace = 8;
  constexpr char kKill = 21;
  constexpr char kDelete = 127;
  std::string out;
  out.reserve(kLongestLine);  // so that no part of it is left behind by growing
  for (;;) {
    char key = 0;
    const ssize_t n = ::read(fd, &key, 1);
    if (n < 0 && errno == EINTR) continue;
    const bool given_up = n <= 0 || key == kInterrupt || (key == kEnd && out.empty());
    if (given_up || out.size() == kLongestLine) {
      secret::wipe(out);
      return failure(Code::kVault, given_up ? "nothing was given" : "what was typed is too long");
    }
    if (key == '\n' || key == '\r' || key == kEnd) return out;
    if (key == kKill) {
      secret::wipe(out);
    } else if (key == kBackspace || key == kDelete) {
      erase_last(out);
    } else {
      out += key;
    }
  }
}

}  // namespace

Result<std::string> ask_hidden(const std::string& prompt) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal)
    return failure(Code::kVault, "there is no terminal to ask at for " + prompt, "name a file: --passphrase-file FILE");
  const HiddenTyping hidden(terminal.get());
  if (!hidden.works()) return failure(Code::kVault, "the terminal cannot hide what is typed");
  ASSAY_CHECK(write_all(terminal.get(), prompt + ": ", "/dev/tty"));
  auto typed = read_typed(terminal.get());
  ASSAY_CHECK(write_all(terminal.get(), "\n", "/dev/tty"));
  return typed;
}

Result<std::string> passphrase(const std::optional<std::filesystem::path>& file, const std::string& prompt,
                               bool fresh) {
  std::string out;
  if (file) {
    ASSAY_TRY(std::string text, read_file(*file, kLongestLine));
    out = text.substr(0, text.find('\n'));
    if (out.ends_with('\r')) out.pop_back();
    secret::wipe(text);
  } else {
    ASSAY_TRY(out, ask_hidden(prompt));
    if (fresh) {
      ASSAY_TRY(std::string again, ask_hidden(prompt + ", once more"));
      const bool same = again == out;
      secret::wipe(again);
      if (!same) {
        secret::wipe(out);
        return failure(Code::kVault, "the two are not the same; nothing was changed");
      }
    }
  }
  if (out.empty()) return failure(Code::kVault, "the passphrase is empty");
  return out;
}

Result<secret::Vault> vault_at(const std::optional<std::filesystem::path>& file) {
  if (file) return secret::Vault(*file);
  ASSAY_TRY(std::filesystem::path path, secret::default_vault());
  return secret::Vault(std::move(path));
}

}  // namespace assay::cli
