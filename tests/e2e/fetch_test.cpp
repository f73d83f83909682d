// SPDX-License-Identifier: Apache-2.0
// Recipes from git with the real program: fetched once, used without a network; over http, https, ssh and from a path.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "e2e/background.h"
#include "e2e/harness.h"
#include "engine/base/text.h"
#include "support/git_repository.h"

namespace assay::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kInnerRecipe =
    "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: inner, version: 1.0.0 }\n"
    "params:\n  greeting: { type: string, default: hello }\n"
    "steps:\n  - id: say\n    run: |\n      cat \"$ASSAY_RECIPE_DIR/data.txt\"\n    outputs: { text: stdout }\n"
    "outputs: { text: steps.say.outputs.text }\n";

class Fetch : public EndToEnd {
 protected:
  Fetch() {
    repository_.write("recipes/inner.yaml", kInnerRecipe);
    repository_.write("recipes/data.txt", "first\n");
    commit_ = repository_.commit();
    repository_.git({"tag", "v1"});
  }
  void outer(const std::string& git, const std::string& which = "ref: v1") const {
    write("r.yaml",
          "apiVersion: assay/v1\nkind: Recipe\nmetadata: { name: outer, version: 1.0.0 }\nsteps:\n"
          "  - id: a\n    use: { git: '" +
              git + "', " + which +
              ", path: recipes/inner.yaml }\n"
              "  - id: b\n    run: [echo, \"${{ steps.a.outputs.text }}\"]\n");
  }
  // Of a step's output, as the journal has it.
  [[nodiscard]] std::string output_of(const std::string& step) const {
    for (const Json& line : journal()) {
      if (line["type"] == "output" && line["step"] == step && line["name"] == "stdout") return line["text"];
    }
    return "no output of " + step;
  }
  [[nodiscard]] fs::path cache() const { return folder_ / ".cache/assay/git"; }
  // What a fetch must not leave.
  void expect_nothing_half_written() const {
    if (!fs::exists(cache())) return;
    for (const auto& entry : fs::recursive_directory_iterator(cache())) {
      const std::string name = entry.path().filename().string();
      EXPECT_FALSE(name.ends_with(".new") || name.starts_with("tmp_")) << entry.path();
    }
  }

  GitRepository repository_{folder_ / "repository"};
  std::string commit_;
};

TEST_F(Fetch, BringsARecipeOnceAndThenNeedsNeitherNetworkNorRepository) {
  outer("repository");
  const Outcome before = run({"validate", "r.yaml"});
  EXPECT_EQ(before.exit_code, 0);
  EXPECT_THAT(before.err, HasSubstr("warning[P012]: 'repository' at 'v1' is not pinned by assay.lock"));
  EXPECT_EQ(run({"plan", "r.yaml"}).exit_code, 2);

  const Outcome fetched = run({"fetch", "r.yaml"});
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_EQ(fetched.out,
            "fetched   repository v1 at " + commit_.substr(0, 12) + ": 2 files, 276 B\nassay.lock: written\n");
  fs::rename(repository_.folder(), folder_ / "gone");

  Invocation offline = invocation({"run", "r.yaml", "--json"});
  const Invocation probe{.argv = {"unshare", "-rn", "true"}, .folder = folder_.path()};
  if (run_program(probe).exit_code == 0) {
    offline.argv.insert(offline.argv.begin(), {"unshare", "-rn"});
  } else {
    RecordProperty("network", "not taken away: unshare is not permitted here");
  }
  const Outcome ran = run(offline);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, testing::Not(HasSubstr("fetching")));
  EXPECT_EQ(output_of("a/say"), "first\n");
  EXPECT_EQ(output_of("b"), "first\n\n");
  const auto header = parse_json(slurp(runs().back() / "run.json"), "run.json");
  ASSERT_TRUE(header);
  ASSERT_EQ((*header)["sources"].size(), 1U);
  EXPECT_EQ((*header)["sources"][0]["commit"], commit_);
  EXPECT_EQ(run({"fetch", "r.yaml"}).out, "cache     repository v1 at " + commit_.substr(0, 12) + ": 2 files, 276 B\n");
}

TEST_F(Fetch, RunFetchesAtItsStartAndPins) {
  outer("repository");
  const Outcome ran = run({"run", "r.yaml"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, StartsWith("fetching "));
  EXPECT_THAT(slurp(folder_ / "assay.lock"), HasSubstr(commit_));
  repository_.write("recipes/data.txt", "second\n");
  repository_.commit();
  repository_.git({"tag", "-f", "v1"});
  EXPECT_EQ(run({"run", "r.yaml"}).exit_code, 0);
  EXPECT_EQ(output_of("a/say"), "first\n") << "the lock file pins what the tag meant";
}

TEST_F(Fetch, CheckAndUpdateFollowAMovedTag) {
  outer("repository");
  EXPECT_EQ(run({"fetch", "--check", "r.yaml"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(folder_ / "assay.lock"));
  ASSERT_EQ(run({"fetch", "r.yaml"}).exit_code, 0);
  const std::string pinned = slurp(folder_ / "assay.lock");
  EXPECT_EQ(run({"fetch", "--check", "r.yaml"}).exit_code, 0);
  repository_.write("recipes/data.txt", "second\n");
  const std::string second = repository_.commit();
  repository_.git({"tag", "-f", "v1"});
  const Outcome moved = run({"fetch", "--check", "--json", "r.yaml"});
  EXPECT_EQ(moved.exit_code, 1);
  const Json row = last_json(moved)["repositories"][0];
  EXPECT_EQ(row["state"], "moved");
  EXPECT_EQ(row["commit"], commit_);
  EXPECT_EQ(row["now"], second);
  EXPECT_EQ(slurp(folder_ / "assay.lock"), pinned) << "--check changes nothing";

  EXPECT_EQ(run({"fetch", "--update=elsewhere", "r.yaml"}).exit_code, 0);
  EXPECT_EQ(slurp(folder_ / "assay.lock"), pinned);
  const Outcome updated = run({"fetch", "--update=repository", "r.yaml"});
  EXPECT_EQ(updated.exit_code, 0) << updated.err;
  EXPECT_THAT(updated.out, HasSubstr("at " + second.substr(0, 12) + ", was " + commit_.substr(0, 12)));
  EXPECT_THAT(slurp(folder_ / "assay.lock"), HasSubstr(second));
  EXPECT_EQ(run({"run", "r.yaml"}).exit_code, 0);
  EXPECT_EQ(output_of("a/say"), "second\n");
}

TEST_F(Fetch, AFlippedByteStopsTheRunBeforeItBegins) {
  outer("repository");
  ASSERT_EQ(run({"fetch", "r.yaml"}).exit_code, 0);
  const fs::path data = *fs::directory_iterator(cache() / "trees") / fs::path("files/recipes/data.txt");
  fs::permissions(data, fs::perms(0644));
  std::ofstream(data) << "fIrst\n";
  const Outcome ran = run({"run", "r.yaml"});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.err, HasSubstr("r.yaml:6:10: error[S010]: '" + data.string() + "' was changed"));
  EXPECT_THAT(ran.err, HasSubstr("help: `assay fetch RECIPE` brings it again"));
  EXPECT_TRUE(runs().empty());
  EXPECT_EQ(run({"fetch", "--check", "r.yaml"}).exit_code, 1);
  EXPECT_THAT(run({"fetch", "r.yaml"}).out, StartsWith("repaired  repository v1"));
  EXPECT_EQ(run({"run", "r.yaml"}).exit_code, 0);
}

TEST_F(Fetch, ASavedPlanIsCarriedOutOrSaysWhatMoved) {
  outer("repository");
  ASSERT_EQ(run({"fetch", "r.yaml"}).exit_code, 0);
  ASSERT_EQ(run({"plan", "r.yaml", "-o", "plan.json"}).exit_code, 0);
  fs::remove_all(cache());
  const Outcome same = run({"run", "--plan", "plan.json"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  repository_.write("recipes/data.txt", "second\n");
  repository_.commit();
  repository_.git({"tag", "-f", "v1"});
  ASSERT_EQ(run({"fetch", "--update", "r.yaml"}).exit_code, 0);
  const Outcome other = run({"run", "--plan", "plan.json"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("error[P009]: 'repository v1' was at " + commit_.substr(0, 12)));
  EXPECT_EQ(runs().size(), 1U);
}

TEST_F(Fetch, OfflineRefusesTheNetworkOnly) {
  outer("https://127.0.0.1:1/r.git");
  for (const char* verb : {"fetch", "run"}) {
    const Outcome refused = run({verb, "--offline", "r.yaml"});
    EXPECT_EQ(refused.exit_code, 3) << verb;
    EXPECT_THAT(refused.err, HasSubstr("error[S008]: cannot fetch 'https://127.0.0.1:1/r.git': only the server knows"))
        << verb;
  }
  EXPECT_TRUE(runs().empty());
  outer("repository");
  EXPECT_EQ(run({"fetch", "--offline", "r.yaml"}).exit_code, 0);
}

TEST_F(Fetch, TwoAtOnceAgree) {
  outer("repository");
  Invocation both{
      .argv = {"sh", "-c", "\"$1\" fetch r.yaml & \"$1\" fetch r.yaml; a=$?; wait $! && exit $a", "sh", ASSAY_PROGRAM},
      .folder = folder_.path()};
  const Outcome outcome = run(both);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(run({"fetch", "--check", "r.yaml"}).exit_code, 0);
  expect_nothing_half_written();
}

class FetchFromServer : public Fetch {
 protected:
  // Starts it, or skips the test with the reason.
  void serve(std::vector<std::string> options) {
    repository_.git({"clone", "-q", "--bare", ".", (folder_ / "root/r.git").string()});
    options.insert(options.begin(), {"python3", ASSAY_SOURCE_DIR "/tests/e2e/git_server.py", folder_ / "root"});
    server_.emplace(std::move(options), STDOUT_FILENO, "");
    if (server_->line().empty()) GTEST_SKIP() << "python3 cannot serve git here";
  }
  [[nodiscard]] std::string url(const std::string& scheme) const {
    return scheme + "://localhost:" + server_->line() + "/r.git";
  }
  std::optional<Background> server_;
};

TEST_F(FetchFromServer, OverHttpAtACommit) {
  serve({});
  if (IsSkipped()) return;
  outer(url("http"), "commit: '" + commit_ + "'");
  const Outcome ran = run({"run", "r.yaml"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(output_of("a/say"), "first\n");
  outer(url("http"), "ref: v1");
  EXPECT_THAT(run({"fetch", "r.yaml"}).err, HasSubstr("error[R060]: what http:// says"));
}

TEST_F(FetchFromServer, OverHttpsWithATokenAndAnAuthorityOfOurOwn) {
  const Invocation openssl{
      .argv = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
               "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"},
      .folder = folder_.path()};
  if (run_program(openssl).exit_code != 0) GTEST_SKIP() << "openssl cannot make a certificate here";
  serve({"--tls", (folder_ / "cert.pem").string(), (folder_ / "key.pem").string(), "--token", "token:secret-1"});
  if (IsSkipped()) return;
  outer(url("https"));
  const auto fetch = [&](const std::string& certificate, const std::string& tokens) {
    Invocation one = invocation({"fetch", "r.yaml"});
    one.environment["SSL_CERT_FILE"] = certificate;
    one.environment["ASSAY_GIT_TOKENS"] = tokens;
    return run(one);
  };
  const std::string certificate = (folder_ / "cert.pem").string();
  const Outcome unknown = fetch("", "localhost=secret-1");
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_THAT(unknown.err, HasSubstr("SSL_CERT_FILE"));
  for (const char* tokens : {"", "localhost=wrong", "example.org=secret-1"}) {
    const Outcome refused = fetch(certificate, tokens);
    EXPECT_EQ(refused.exit_code, 3) << tokens;
    EXPECT_THAT(refused.err, HasSubstr("error[S008]")) << tokens;
    EXPECT_THAT(refused.err, HasSubstr("ASSAY_GIT_TOKENS=HOST=TOKEN")) << tokens;
  }
  expect_nothing_half_written();
  EXPECT_FALSE(fs::exists(folder_ / "assay.lock"));
  const Outcome fetched = fetch(certificate, "example.org=x,localhost=secret-1");
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_THAT(fetched.out, StartsWith("fetched   https://localhost:"));
  for (const std::string& text : {fetched.out, fetched.err, slurp(folder_ / "assay.lock")})
    EXPECT_THAT(text, testing::Not(HasSubstr("secret-1")));
}

// An sshd of our own on a free port of 127.0.0.1, and an ssh agent that holds the key it lets in.
class FetchOverSsh : public Fetch {
 protected:
  // Skips the test with the reason where this machine cannot.
  void serve() {
    const std::string sshd = fs::exists("/usr/sbin/sshd") ? "/usr/sbin/sshd" : "";
    if (sshd.empty()) GTEST_SKIP() << "there is no sshd: apt-get install openssh-server";
    std::error_code ignored;
    fs::create_directories("/run/sshd", ignored);  // wanted by an sshd of root
    repository_.git({"clone", "-q", "--bare", ".", (folder_ / "root/r.git").string()});
    fs::create_directories(folder_ / ".ssh");
    for (const char* name : {"host", "other", "user"})
      must({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key(name)});
    for (int i = 0; i < 5 && port_.empty(); ++i) start(sshd, free_port());
    if (port_.empty()) GTEST_SKIP() << "sshd does not serve here: " << server_->said();
    agent_.emplace(std::vector<std::string>{"ssh-agent", "-D", "-a", socket()}, STDOUT_FILENO, "SSH_AUTH_SOCK");
    must({"ssh-add", "-q", key("user")});
  }
  [[nodiscard]] std::string url() const {
    return "ssh://" + user() + "@127.0.0.1:" + port_ + (folder_ / "root/r.git").string();
  }
  // known_hosts says that the server has this key.
  void know(const char* name) const {
    const std::string line = slurp(key(name) + ".pub");
    write(".ssh/known_hosts", "[127.0.0.1]:" + port_ + ' ' + line);
  }
  [[nodiscard]] Outcome fetch(bool with_agent = true) const {
    Invocation one = invocation({"fetch", "r.yaml"});
    one.environment["SSH_AUTH_SOCK"] = with_agent ? socket() : "";
    return run(one);
  }
  void expect_nothing_came(const Outcome& outcome) const {
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("error[S008]: cannot fetch '" + url() + "'"));
    EXPECT_FALSE(fs::exists(folder_ / "assay.lock"));
    expect_nothing_half_written();
  }

 private:
  [[nodiscard]] std::string key(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string socket() const { return (folder_ / "agent").string(); }
  static std::string user() {
    const passwd* entry = ::getpwuid(::getuid());
    return entry != nullptr ? entry->pw_name : "root";
  }
  void must(std::vector<std::string> argv) const {
    const Invocation one{
        .argv = std::move(argv), .folder = folder_.path(), .environment = {{"SSH_AUTH_SOCK", socket()}}};
    const Outcome outcome = run_program(one);
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.describe(one));
  }
  // One that nobody has now; somebody may take it before sshd does.
  static std::string free_port() {
    const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(one, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(one, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(one);
    return bound ? std::to_string(ntohs(address.sin_port)) : "0";
  }
  void start(const std::string& sshd, const std::string& port) {
    const std::string config = write("sshd_config", "Port " + port + "\nListenAddress 127.0.0.1\nHostKey " +
                                                        key("host") + "\nAuthorizedKeysFile " + key("user") +
                                                        ".pub\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                                                        "KbdInteractiveAuthentication no\nPermitRootLogin yes\n"
                                                        "PidFile none\n")
                                   .string();
    server_.emplace(std::vector<std::string>{sshd, "-D", "-e", "-f", config}, STDERR_FILENO, "Server listening on");
    if (!server_->line().empty()) port_ = port;
  }

  std::string port_;
  std::optional<Background> server_;
  std::optional<Background> agent_;
};

TEST_F(FetchOverSsh, WithAKeyOfTheAgentFromAKnownHost) {
  serve();
  if (IsSkipped()) return;
  outer(url());
  know("host");
  const Outcome fetched = fetch();
  ASSERT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_EQ(fetched.out,
            "fetched   " + url() + " v1 at " + commit_.substr(0, 12) + ": 2 files, 276 B\nassay.lock: written\n");
  EXPECT_EQ(run({"run", "--offline", "r.yaml"}).exit_code, 0);
  EXPECT_EQ(output_of("a/say"), "first\n");
}

TEST_F(FetchOverSsh, AHostThatIsNotKnownIsRefused) {
  serve();
  if (IsSkipped()) return;
  outer(url());
  const Outcome unknown = fetch();
  expect_nothing_came(unknown);
  EXPECT_THAT(unknown.err, HasSubstr("a host that ssh does not know yet: `ssh HOST` once"));
  know("other");
  expect_nothing_came(fetch());
  know("host");
  EXPECT_EQ(fetch().exit_code, 0);
}

TEST_F(FetchOverSsh, WithoutAKeyInTheAgentItIsRefused) {
  serve();
  if (IsSkipped()) return;
  outer(url());
  know("host");
  const Outcome refused = fetch(false);
  expect_nothing_came(refused);
  EXPECT_THAT(refused.err, HasSubstr("the key in the agent (`ssh-add`)"));
}

TEST_F(FetchFromServer, CtrlCEndsAFetchInOrder) {
  serve({"--silent"});
  if (IsSkipped()) return;
  outer(url("http"), "commit: '" + commit_ + "'");
  for (const char* verb : {"fetch", "run"}) {
    for (const auto& [signal, exit_code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
      Invocation stopped = invocation({verb, "r.yaml"});
      stopped.moments = {{.after = "fetching ", .signal = signal}};
      const Outcome outcome = run(stopped);
      EXPECT_EQ(outcome.exit_code, exit_code) << outcome.describe(stopped);
      EXPECT_THAT(outcome.err, HasSubstr("assay: interrupted; nothing was changed but the cache"));
      EXPECT_FALSE(fs::exists(folder_ / "assay.lock"));
      expect_nothing_half_written();
    }
  }
  EXPECT_TRUE(runs().empty());
}

}  // namespace
}  // namespace assay::test
