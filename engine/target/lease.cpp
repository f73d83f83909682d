// SPDX-License-Identifier: Apache-2.0
#include "engine/target/lease.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/base/json.h"
#include "engine/base/text.h"

namespace assay::target {

using system::FileLock;
using system::LockHolder;

namespace {

constexpr std::string_view kFormat = "assay.lease/1";
constexpr std::size_t kLongestFile = 8192;
constexpr std::size_t kLongestName = 200;
constexpr Nanoseconds kLongestLength = std::chrono::hours(1);
// For others that change the same lease, on a disk that may be busy.
constexpr std::chrono::seconds kPatience{30};

// Letters, digits, '.', '-' and '_' as they are, all other bytes as %XX: two names never share a file, and none leaves
// the folder.
std::string file_name(std::string_view name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  std::string out;
  for (const char c : name) out += kPlain.find(c) != std::string_view::npos ? std::string(1, c) : '%' + hex({&c, 1});
  return out;
}

struct Files {
  Files(const fs::path& folder, const std::string& name) : base(folder / ("lease-" + file_name(name))) {}
  [[nodiscard]] fs::path with(const std::string& ending) const { return base.string() + ending; }
  [[nodiscard]] fs::path lease() const { return with(".lease"); }
  [[nodiscard]] fs::path token() const { return with(".token"); }
  [[nodiscard]] fs::path guard() const { return with(".guard"); }
  [[nodiscard]] fs::path alive(std::uint64_t token) const { return with('.' + std::to_string(token) + ".lock"); }
  fs::path base;
};

// Held for the length of a few small writes; who is stopped in between must not stop everybody.
Result<FileLock> lock_guard(const Files& files, const LockHolder& us) {
  ASSAY_TRY(FileLock guard, FileLock::open(files.guard()));
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    ASSAY_TRY(const bool locked, guard.try_lock(system::LockMode::kExclusive));
    if (locked) break;
    if (std::chrono::steady_clock::now() > give_up) return FileLock::take(files.guard(), us, "the lease");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  guard.write_holder(us);
  return guard;
}

Result<std::optional<std::string>> read_if_there(const fs::path& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<std::string>();
  ASSAY_TRY(std::string text, read_file(path, kLongestFile));
  return std::optional(std::move(text));
}

std::optional<std::uint64_t> token_number(std::string_view text) {
  text = trim(text);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// The token first: a lease is never older than the token that is kept.
Result<void> write_state(const Files& files, const LeaseState& state) {
  ASSAY_CHECK(write_file_atomically(files.token(), std::to_string(state.token) + '\n'));
  return write_file_atomically(files.lease(), to_json_line(state) + '\n');
}

// Dead for certain; an owner on another machine never is.
bool is_dead(const Files& files, const LeaseState& state, const LockHolder& us) {
  const LockHolder& owner = state.owner;
  if (owner.pid == 0 || owner.host != us.host) return false;
  return owner.boot != us.boot || !system::current_holder(files.alive(state.token));
}

Diagnostic lost(const std::string& name, const std::string& why) {
  return {.code = Code::kLeaseLost,
          .message = "the lease of '" + printable(name) + "' is lost: " + why,
          .help = "nothing more was done; `assay resume` goes on when the lease is free"};
}

}  // namespace

std::string to_json_line(const LeaseState& state) {
  return assay::to_json_line({{"format", kFormat},
                              {"name", state.name},
                              {"token", state.token},
                              {"owner", Json::parse(system::to_json_line(state.owner))},
                              {"expires", format_rfc3339(state.expires)},
                              {"released", state.released}});
}

Result<LeaseState> parse_lease(std::string_view line) {
  const auto wrong = [](const std::string& what) { return failure(Code::kJsonSyntax, "not a lease: " + what); };
  ASSAY_TRY(const Json json, parse_json(line, "the lease", {.bytes = kLongestFile, .depth = 2}));
  if (!json.is_object() || json.value("format", Json()) != kFormat) return wrong("its format is not assay.lease/1");
  LeaseState state;
  const auto name = json.find("name");
  if (name == json.end() || !name->is_string()) return wrong("it has no name");
  state.name = name->get<std::string>();
  const auto token = json.find("token");
  if (token == json.end() || !token->is_number_unsigned()) return wrong("it has no token");
  state.token = token->get<std::uint64_t>();
  const auto owner = json.find("owner");
  auto holder = owner != json.end() ? system::parse_holder(assay::to_json_line(*owner)) : std::nullopt;
  if (!holder) return wrong("it has no owner");
  state.owner = std::move(*holder);
  const auto expires = json.find("expires");
  if (expires == json.end() || !expires->is_string()) return wrong("it has no end");
  ASSAY_TRY(state.expires, parse_rfc3339(expires->get<std::string>()));
  const auto released = json.find("released");
  if (released == json.end() || !released->is_boolean()) return wrong("it does not say whether it was given back");
  state.released = released->get<bool>();
  return state;
}

Result<Lease::Attempt> Lease::try_acquire(const LeaseTerms& terms, const Clock& clock) {
  if (terms.name.empty() || terms.name.size() > kLongestName)
    return failure(Code::kTooLarge, "the name of a lease has 1 to " + std::to_string(kLongestName) + " bytes");
  if (terms.length <= Nanoseconds::zero() || terms.length > kLongestLength)
    return failure(Code::kTooLarge, "a lease lasts at most " + format_duration(kLongestLength));
  const Files files(terms.folder, terms.name);
  ASSAY_TRY(const FileLock guard, lock_guard(files, terms.owner));
  ASSAY_TRY(const auto token_text, read_if_there(files.token()));
  ASSAY_TRY(const auto text, read_if_there(files.lease()));
  std::uint64_t last = token_text ? token_number(*token_text).value_or(0) : 0;
  const WallTime now = clock.wall();
  if (text) {
    const auto state = parse_lease(*text);
    // An end that no lease can have is as good as no end: the clock of its owner was wrong, or the file was changed.
    if (state && state->name == terms.name && state->expires <= now + kLongestLength) {
      last = std::max(last, state->token);
      const bool free = state->released || state->expires <= now || is_dead(files, *state, terms.owner);
      if (!free) return Attempt{.lease = std::nullopt, .held_by = state->owner, .until = state->expires};
    } else {
      const LeaseState unknown{
          .name = terms.name, .token = last + 1, .owner = {}, .expires = now + terms.length, .released = false};
      ASSAY_CHECK(write_state(files, unknown));
      return Attempt{.lease = std::nullopt, .held_by = {}, .until = unknown.expires};
    }
  }
  const std::uint64_t token = last + 1;
  ASSAY_TRY(FileLock alive, FileLock::take(files.alive(token), terms.owner, "the lease"));
  ASSAY_CHECK(write_state(
      files,
      {.name = terms.name, .token = token, .owner = terms.owner, .expires = now + terms.length, .released = false}));
  if (last > 0) ::unlink(files.alive(last).c_str());  // of the owner before; one that still lives is fenced
  return Attempt{.lease = Lease(terms, clock, token, std::move(alive))};
}

Result<LeaseState> Lease::own_state() const {
  ASSAY_TRY(const auto text, read_if_there(Files(terms_.folder, terms_.name).lease()));
  if (!text) return failure(lost(terms_.name, "its file is gone"));
  const auto state = parse_lease(*text);
  if (!state) return failure(lost(terms_.name, state.error().message));
  if (token_ == 0 || state->token != token_) return failure(lost(terms_.name, "it went to " + describe(state->owner)));
  return *state;
}

Result<void> Lease::renew() {
  const Files files(terms_.folder, terms_.name);
  ASSAY_TRY(const FileLock guard, lock_guard(files, terms_.owner));
  ASSAY_TRY(LeaseState state, own_state());
  state.expires = clock_->wall() + terms_.length;
  return write_file_atomically(files.lease(), to_json_line(state) + '\n');
}

Result<void> Lease::check() const {
  ASSAY_TRY(const LeaseState state, own_state());
  if (state.expires > clock_->wall()) return {};
  return failure(lost(terms_.name, "it ended at " + format_rfc3339(state.expires) + " and was not renewed"));
}

Result<void> Lease::release() {
  if (token_ == 0) return {};
  const Files files(terms_.folder, terms_.name);
  ASSAY_TRY(const FileLock guard, lock_guard(files, terms_.owner));
  auto state = own_state();
  token_ = 0;
  alive_.release_and_remove();
  if (!state) return {};
  state->released = true;
  return write_file_atomically(files.lease(), to_json_line(*state) + '\n');
}

Lease::~Lease() {
  // A destructor has nobody to tell; the lock is given back in any case, and the next one sees that its owner is gone.
  [[maybe_unused]] const auto released = release();
}

}  // namespace assay::target
