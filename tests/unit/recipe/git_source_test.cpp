// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/git_source.h"

#include <gtest/gtest.h>

#include "engine/recipe/reader.h"

namespace assay::recipe {
namespace {

std::string shown(const std::string& url) {
  const auto parsed = parse_git_url(url);
  if (!parsed.url) {
    EXPECT_EQ(parsed.problem.code, Code::kGitSource);
    return "error: " + parsed.problem.message;
  }
  switch (parsed.url->transport) {
    case GitTransport::kHttps: return "https " + parsed.url->host;
    case GitTransport::kHttp: return "http " + parsed.url->host;
    case GitTransport::kSsh: return "ssh " + parsed.url->host;
    case GitTransport::kFile: return "file";
    case GitTransport::kFolder: return "folder";
  }
  return "?";
}

TEST(GitUrl, IsTakenOrRefusedByItsForm) {
  const std::pair<std::string, std::string> rows[] = {
      {"https://example.org/r.git", "https example.org"},
      {"HTTPS://Example.ORG:8443/r.git", "https example.org"},
      {"https://[2001:db8::1]:8443/r", "https [2001:db8::1]"},
      {"http://example.org/r.git", "http example.org"},
      {"ssh://git@example.org:2222/r.git", "ssh example.org"},
      {"git@example.org:team/r.git", "ssh example.org"},
      {"example.org:r.git", "ssh example.org"},
      {"file:///media/usb/r.git", "file"},
      {"/srv/r.git", "folder"},
      {"../mirror/r.git", "folder"},
      {"./odd:name", "folder"},
      {"", "error: the URL of the repository is empty"},
      {"git://example.org/r.git", "error: git:// neither says who answers nor keeps what is sent from being changed"},
      {"ftp://example.org/r.git", "error: unknown scheme 'ftp' of a repository's URL"},
      {"htps://example.org/r.git", "error: unknown scheme 'htps' of a repository's URL"},
      {"ext::sh -c true", "error: 'ext::' asks a program to fetch, which assay does not start"},
      {"-oProxyCommand=x:y", "error: the URL names no host"},
      {"ssh://-oProxyCommand=x/y", "error: the URL names no host"},
      {"https:///r.git", "error: the URL names no host"},
      {"ssh://@example.org/r", "error: the URL names no host"},
      {"example.org:", "error: the URL names no path"},
      {"file://host/r.git", "error: a file URL names a path on this machine"},
      {"file:///", "error: a file URL names a path on this machine"},
      {"https://user@example.org/r",
       "error: the URL holds a user or a password, which everybody who reads the recipe would see"},
      {"https://user:secret@example.org/r",
       "error: the URL holds a user or a password, which everybody who reads the recipe would see"},
      {"ssh://git:secret@example.org/r", "error: the URL holds a password"},
      {"https://example.org/\x1b[2J", "error: the URL holds control characters"},
      {"https://example.org/\xff", "error: the URL holds control characters"},
      {std::string(2049, 'a'), "error: the URL is longer than 2048 bytes"},
  };
  for (const auto& [url, expected] : rows) EXPECT_EQ(shown(url), expected) << url;
}

TEST(GitUrl, NeverRepeatsAPassword) {
  for (const char* url : {"https://u:hunter2@h/r", "ssh://u:hunter2@h/r", "https://hunter2@h/r"}) {
    const auto parsed = parse_git_url(url);
    EXPECT_EQ(render(parsed.problem).find("hunter2"), std::string::npos) << url;
  }
}

TEST(GitUrl, SaysWhatOfItIsSecret) {
  const std::pair<const char*, const char*> rows[] = {
      {"https://u:hunter2@h/r", "u:hunter2"},
      {"https://hunter2@h/r", "hunter2"},
      {"ssh://u:hunter2@h/r", "u:hunter2"},
      {"git://u:hunter2@h/r", "u:hunter2"},
      {"htps://u:p@ss@h:1/r", "u:p@ss"},
      {"SSH://git@h/r", ""},
      {"git@h:r", ""},
      {"https://h/r@v1", ""},
      {"../r", ""},
  };
  for (const auto& [url, secret] : rows) EXPECT_EQ(parse_git_url(url).secret, secret) << url;
}

TEST(GitNames, CommitsAreFullIds) {
  EXPECT_TRUE(is_commit_id(std::string(40, 'a')));
  EXPECT_TRUE(is_commit_id(std::string(64, '0')));
  for (const std::string& text : {std::string(39, 'a'), std::string(41, 'a'), std::string(40, 'A'),
                                  std::string(40, 'g'), std::string("main"), std::string()})
    EXPECT_FALSE(is_commit_id(text)) << text;
}

TEST(GitNames, RefsAreBranchesAndTags) {
  for (const char* name : {"v1.2", "main", "feature/x", "refs/tags/v1", "a-b_c", "版本"})
    EXPECT_TRUE(is_ref_name(name)) << name;
  for (const char* name : {"",   "-x",   "/x",     "x/", "a..b", "a//b", "a b",  "a~1",   "a^", "a:b",   "a?",   "a*",
                           "a[", "a\\b", "x.lock", "@",  "HEAD", ".x",   "a/.b", "a@{1}", "x.", "a\x01", "a\xff"})
    EXPECT_FALSE(is_ref_name(name)) << name;
}

TEST(GitNames, PathsStayInside) {
  for (const char* path : {"r.yaml", "a/b/c.yaml", "..a/b", "a b"}) EXPECT_TRUE(is_inner_path(path)) << path;
  for (const char* path :
       {"", "/r.yaml", "../r.yaml", "a/../b", "a//b", "./a", "a/", ".git/config", "a/.GIT/x", "a\\b", "a\nb"})
    EXPECT_FALSE(is_inner_path(path)) << path;
}

// The problems of `use` as a recipe says it, one a line: "CODE message".
std::string problems_of(const std::string& use) {
  const auto read = read_recipe(
      "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\nsteps:\n  - id: a\n    use: " + use +
          "\n",
      "r.yaml", "r.yaml");
  std::string out;
  for (const Diagnostic& problem : read.problems.items())
    out += std::string(info(problem.code).text) + ' ' + problem.message + '\n';
  return out;
}

TEST(UseOfGit, SaysWhichCommitIsMeant) {
  const std::string id(40, '1');
  EXPECT_EQ(problems_of("{ git: https://h/r, commit: '" + id + "', path: r.yaml }"), "");
  EXPECT_EQ(problems_of("{ git: https://h/r, commit: '" + std::string(64, '1') + "', path: r.yaml }"), "");
  EXPECT_EQ(problems_of("{ git: https://h/r, ref: v1, path: r.yaml }"), "");
  EXPECT_EQ(problems_of("{ git: http://h/r, commit: '" + id + "', path: r.yaml }"), "");
  EXPECT_EQ(problems_of("{ git: http://h/r, ref: v1, path: r.yaml }"),
            "R060 what http:// says of a branch or tag could be changed on the way\n");
  EXPECT_EQ(problems_of("{ git: https://h/r, path: r.yaml }"), "R011 use does not say which commit is meant\n");
  EXPECT_EQ(problems_of("{ git: https://h/r, ref: v1, commit: '" + id + "', path: r.yaml }"),
            "R020 'ref' and 'commit' both say which commit is meant\n");
  EXPECT_EQ(problems_of("{ git: https://h/r, ref: 'a..b', path: r.yaml }"),
            "R020 'a..b' is not the name of a branch or tag\n");
  EXPECT_EQ(problems_of("{ git: https://h/r, ref: v1, path: ../r.yaml }"),
            "R020 '../r.yaml' is not a path inside the repository\n");
  EXPECT_EQ(problems_of("{ git: git://h/r, ref: v1, path: r.yaml }"),
            "R060 git:// neither says who answers nor keeps what is sent from being changed\n");
  EXPECT_EQ(problems_of("{ ref: v1, path: r.yaml }"), "R011 use lacks the key 'git'\n");
}

TEST(UseOfGit, IsReadAsItStands) {
  const auto read = read_recipe(
      "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: r, version: 1.0.0 }\nsteps:\n"
      "  - id: a\n    use: { git: 'git@h:x.git', ref: v1.2, path: recipes/r.yaml }\n",
      "r.yaml", "r.yaml");
  ASSERT_TRUE(read.value);
  const UseAction& use = *read.value->steps.front().use;
  EXPECT_EQ(use.git, "git@h:x.git");
  EXPECT_EQ(use.ref, "v1.2");
  EXPECT_EQ(use.commit, "");
  EXPECT_EQ(use.path, "recipes/r.yaml");
}

}  // namespace
}  // namespace assay::recipe
