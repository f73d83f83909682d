// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/git_source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "engine/base/text.h"

namespace assay::recipe {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kLongestName = 1024;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

GitUrlResult refuse(std::string message, std::string expected, std::string help) {
  return {std::nullopt,
          {.code = Code::kGitSource,
           .message = std::move(message),
           .expected = std::move(expected),
           .help = std::move(help)}};
}

bool is_host(std::string_view host) {
  return !host.empty() && host.front() != '-' && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

// "USER@HOST:PORT" -> user and host.
std::pair<std::string_view, std::string_view> user_and_host(std::string_view authority) {
  std::string_view user;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (authority.starts_with('[')) return {user, authority.substr(0, authority.find(']') + 1)};
  return {user, authority.substr(0, authority.find(':'))};
}

GitUrlResult with_host(GitTransport transport, std::string_view authority) {
  const bool has_user = authority.find('@') != std::string_view::npos;
  const auto [user, host] = user_and_host(authority);
  const bool ssh = transport == GitTransport::kSsh;
  if (ssh && user.find(':') != std::string_view::npos)
    return refuse("the URL holds a password", "ssh://USER@HOST/PATH", "load a key into the ssh agent: `ssh-add`");
  if (!ssh && has_user)
    return refuse("the URL holds a user or a password, which everybody who reads the recipe would see",
                  "https://HOST/PATH", "leave it out and give a token by the environment: ASSAY_GIT_TOKENS=HOST=TOKEN");
  if (!is_host(host) || (has_user && user.empty()))
    return refuse("the URL names no host", "https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH", {});
  return {GitUrl{transport, lower(host)}, {}};
}

}  // namespace

namespace {

// "USER:PASSWORD" of "SCHEME://USER:PASSWORD@HOST"; of ssh, a user alone is none.
std::string secret_of(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return {};
  std::string_view authority = text.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find('/'));
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view user = authority.substr(0, at);
  const bool is_name = lower(text.substr(0, scheme_end)) == "ssh" && user.find(':') == std::string_view::npos;
  return is_name ? std::string() : std::string(user);
}

GitUrlResult parse_url(std::string_view text) {
  constexpr std::string_view kForms = "https://, ssh://, USER@HOST:PATH, file:///PATH or a path";
  if (text.empty()) return refuse("the URL of the repository is empty", std::string(kForms), {});
  if (text.size() > kLongestUrl)
    return refuse("the URL is longer than " + std::to_string(kLongestUrl) + " bytes", {}, {});
  if (std::any_of(text.begin(), text.end(), is_control) || !is_valid_utf8(text))
    return refuse("the URL holds control characters", std::string(kForms), {});
  const auto scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string scheme = lower(text.substr(0, scheme_end));
    const std::string_view rest = text.substr(scheme_end + 3);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    if (scheme == "https") return with_host(GitTransport::kHttps, authority);
    if (scheme == "http") return with_host(GitTransport::kHttp, authority);
    if (scheme == "ssh") return with_host(GitTransport::kSsh, authority);
    if (scheme == "file") {
      if (authority.empty() && rest.size() > 1) return {GitUrl{GitTransport::kFile, {}}, {}};
      return refuse("a file URL names a path on this machine", "file:///PATH", {});
    }
    if (scheme == "git")
      return refuse("git:// neither says who answers nor keeps what is sent from being changed", std::string(kForms),
                    "most servers offer the same repository by https://");
    return refuse("unknown scheme '" + scheme + "' of a repository's URL", std::string(kForms),
                  did_you_mean(scheme, {"https", "ssh", "file"}));
  }
  // As git: a colon before the first slash makes it HOST:PATH.
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && colon < text.find('/')) {
    if (text.substr(colon).starts_with("::"))
      return refuse(
          "'" + std::string(text.substr(0, colon)) + "::' asks a program to fetch, which assay does not start",
          std::string(kForms), {});
    if (colon + 1 == text.size()) return refuse("the URL names no path", "USER@HOST:PATH", {});
    return with_host(GitTransport::kSsh, text.substr(0, colon));
  }
  return {GitUrl{}, {}};
}

}  // namespace

GitUrlResult parse_git_url(std::string_view text) {
  GitUrlResult out = parse_url(text);
  out.secret = secret_of(text);
  return out;
}

bool is_commit_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_ref_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName || !is_valid_utf8(text)) return false;
  if (text.front() == '-' || text.front() == '/' || text.back() == '/' || text.back() == '.') return false;
  for (const char c : text) {
    if (is_control(c) || std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos) return false;
  }
  for (const std::string_view wrong : {"..", "//", "@{", "/."}) {
    if (text.find(wrong) != std::string_view::npos) return false;
  }
  return text != "@" && text.front() != '.' && text != "HEAD" && !text.ends_with(".lock");
}

bool is_inner_path(std::string_view text) {
  if (text.empty() || text.size() > kLongestName || text.front() == '/' || !is_valid_utf8(text)) return false;
  if (std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == '\\'; })) return false;
  for (const std::string_view part : split(text, '/')) {
    if (part.empty() || part == "." || part == ".." || lower(part) == ".git") return false;
  }
  return true;
}

}  // namespace assay::recipe
