// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/sources.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>

#include "engine/base/text.h"
#include "engine/secret/spellings.h"
#include "engine/system/spawn.h"

namespace assay::secret {
namespace {

constexpr std::chrono::seconds kCommandTime{30};

// Editors and programs end what they write with a line end that is not meant.
void cut_line_end(std::string& value) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
}

tl::unexpected<Diagnostic> cannot(std::string why, std::string help = {}) {
  return failure(Code::kSecretSource, std::move(why), std::move(help));
}

class Reader {
 public:
  Reader(const Surroundings& surroundings, Diagnostics& problems) : surroundings_(surroundings), problems_(problems) {}

  std::optional<std::string> read(const Wanted& wanted) {
    auto value = read_source(wanted);
    if (value && value->empty()) value = cannot("it is empty");
    if (value && value->size() > kLongestValue) {
      wipe(*value);
      value = cannot("it is longer than " + std::to_string(kLongestValue >> 10U) + " KiB");
    }
    if (value) {
      if (value->size() < kShortest)
        warn(wanted, Code::kSecretShort,
             "has under " + std::to_string(kShortest) + " bytes: it is masked only where it stands alone as a word");
      return std::move(*value);
    }
    Diagnostic problem = std::move(value).error();
    problem.code = problem.code == Code::kVault ? Code::kVault : Code::kSecretSource;
    problem.where = wanted.where;
    problem.message = name_of(wanted) + " cannot be read: " + problem.message;
    problems_.add(std::move(problem));
    return std::nullopt;
  }

 private:
  static std::string name_of(const Wanted& wanted) {
    const std::string reference = "'" + shorten(printable(wanted.reference), 80) + "'";
    return wanted.name.empty() ? "the secret " + reference : "the secret '" + wanted.name + "' (" + reference + ")";
  }

  void warn(const Wanted& wanted, Code code, const std::string& what) {
    problems_.add(
        {.code = code, .severity = Severity::kWarning, .where = wanted.where, .message = name_of(wanted) + " " + what});
  }

  Result<std::string> read_source(const Wanted& wanted) {
    const std::string_view reference = wanted.reference;
    const std::string_view source = reference.substr(0, reference.find(':'));
    const std::string rest(trim(reference.substr(source.size() + 1)));
    if (source == "env") return from_environment(rest);
    if (source == "file") return from_file(wanted, rest);
    if (source == "command") return from_command(rest);
    return from_vault(rest);
  }

  Result<std::string> from_environment(const std::string& name) const {
    for (const auto& [key, value] : surroundings_.environment) {
      if (key == name) return value;
    }
    return cannot("the variable '" + printable(name) + "' is not set", "set it before the run: export " + name + "=…");
  }

  Result<std::string> from_file(const Wanted& wanted, const std::string& name) {
    std::filesystem::path path = surroundings_.folder / name;
    if (name.starts_with("~/")) {
      const std::string_view home = system::lookup(surroundings_.environment, "HOME");
      path = std::filesystem::path(home) / name.substr(2);
    }
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return failure(system_failure("read", path, errno));
    if (!S_ISREG(status.st_mode)) return cannot("'" + printable(path.string()) + "' is no file");
    std::string value(kLongestValue + 3, '\0');
    std::size_t size = 0;
    while (size < value.size()) {
      const ssize_t n = ::read(file.get(), value.data() + size, value.size() - size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failure(system_failure("read", path, errno));
      if (n == 0) break;
      size += static_cast<std::size_t>(n);
    }
    value.resize(size);
    if ((status.st_mode & S_IROTH) != 0)
      warn(wanted, Code::kSecretExposed, "stands in a file that every user can read: chmod 600 '" + name + "'");
    cut_line_end(value);
    return value;
  }

  // Words between spaces; no shell, no quotes. What the program says on stderr may hold the secret and is not shown.
  Result<std::string> from_command(const std::string& line) const {
    system::ProcessSpec spec{.argv = {}, .env = surroundings_.environment, .cwd = surroundings_.folder};
    for (const std::string_view word : split(line, ' ')) {
      if (!word.empty()) spec.argv.emplace_back(word);
    }
    const std::string program = "'" + printable(spec.argv.front()) + "'";
    auto done = system::run_captured(spec, kCommandTime, kLongestValue + 2);
    if (!done) return failure(std::move(done).error());
    wipe(done->err);
    if (done->exit_code != 0) {
      wipe(done->out);
      return cannot(program + " ended with exit code " + std::to_string(done->exit_code), "run it by hand to see why");
    }
    cut_line_end(done->out);
    return std::move(done->out);
  }

  Result<std::string> from_vault(const std::string& name) {
    if (!vault_) vault_ = surroundings_.open_vault ? surroundings_.open_vault() : cannot("there is no vault here");
    if (!*vault_) return failure((*vault_).error());
    const auto found = (*vault_)->find(name);
    if (found != (*vault_)->end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, value] : **vault_) names.push_back(known);
    return cannot("the vault has no '" + printable(name) + "'", did_you_mean(name, names));
  }

  const Surroundings& surroundings_;
  Diagnostics& problems_;
  std::optional<Result<std::map<std::string, std::string>>> vault_;

 public:
  ~Reader() {
    if (!vault_ || !*vault_) return;
    for (auto& [name, value] : **vault_) wipe(value);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

}  // namespace

Read read_secrets(const std::vector<Wanted>& wanted, const Surroundings& surroundings) {
  Read out;
  std::map<std::string, std::string> values;
  std::set<std::string> seen;
  {
    Reader reader(surroundings, out.problems);
    for (const Wanted& one : wanted) {
      if (!seen.insert(one.reference).second) continue;
      if (auto value = reader.read(one)) values.emplace(one.reference, std::move(*value));
    }
  }
  if (!out.problems.has_errors()) {
    auto made = Secrets::create(std::move(values));
    if (made) {
      out.secrets = std::move(*made);
    } else {
      out.problems.add(std::move(made).error());
    }
  }
  for (auto& [reference, value] : values) wipe(value);
  return out;
}

}  // namespace assay::secret
