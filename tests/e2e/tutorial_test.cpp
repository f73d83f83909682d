// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md, carried out: its files are written, its commands run in order in one folder, and what they print is
// what the page shows. ASSAY_ACCEPT=1 writes the page with what they print now.
#include <cstdlib>
#include <fstream>
#include <regex>

#include "engine/base/text.h"
#include "harness.h"
#include "support/normalise.h"

namespace assay::test {
namespace {

// A piece of the page: text as it stands, a file, or a console.
struct Piece {
  enum class Kind : std::uint8_t { kText, kFile, kConsole } kind = Kind::kText;
  std::string name;  // of the file
  std::string text;  // with fences
};

// "```LANGUAGE" … "```"; a file is a block of yaml below a line that is "`NAME`:".
std::vector<Piece> pieces_of(const std::string& page) {
  std::vector<Piece> out = {{}};
  std::string last_name;
  bool inside = false;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const bool fence = line.starts_with("```");
    if (fence && !inside) {
      const bool file = !last_name.empty();
      out.push_back({file                   ? Piece::Kind::kFile
                     : line == "```console" ? Piece::Kind::kConsole
                                            : Piece::Kind::kText,
                     last_name, ""});
    }
    out.back().text += line + '\n';
    if (!inside && !fence && !trim(line).empty()) {
      const bool names_file = line.size() > 3 && line.front() == '`' && line.ends_with("`:");
      last_name = names_file ? line.substr(1, line.size() - 3) : "";
    }
    if (fence && inside) {
      out.push_back({});
      last_name.clear();
    }
    if (fence) inside = !inside;
  }
  return out;
}

std::string inside(const std::string& block) {
  const auto begin = block.find('\n') + 1;
  return block.substr(begin, block.rfind("```") - begin);
}

class Tutorial : public EndToEnd {
 protected:
  // What a person would see: both streams, paths as from the folder of the tutorial.
  std::string typed(const std::string& command) const {
    Invocation call = invocation({});
    const std::string program = call.argv.front();
    call.argv = {"sh", "-c",
                 "exec 2>&1; PATH=" + std::filesystem::path(program).parent_path().string() + ":$PATH\n" + command};
    call.folder = folder_.path();
    return replace_all(run(call).out, folder_.path().string() + "/", "");
  }
};

TEST_F(Tutorial, ShowsWhatHappens) {
  const std::filesystem::path file = std::filesystem::path(ASSAY_SOURCE_DIR) / "docs/tutorial.md";
  const std::string page = slurp(file);
  const bool accept = std::getenv("ASSAY_ACCEPT") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  std::string now;
  std::size_t commands = 0;
  for (const Piece& piece : pieces_of(page)) {
    if (piece.kind == Piece::Kind::kFile) write(piece.name, inside(piece.text));
    if (piece.kind != Piece::Kind::kConsole) {
      now += piece.text;
      continue;
    }
    now += "```console\n";
    std::istringstream lines(inside(piece.text));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("$ ")) continue;
      ++commands;
      now += line + '\n' + typed(line.substr(2));
      if (!now.ends_with('\n')) now += '\n';
    }
    now += "```\n";
  }
  EXPECT_GE(commands, 15U);
  // How much room a disk has is another number each time, and so is the digest of what said it. Who answers is who runs
  // the test.
  const auto same = [](const std::string& text) {
    static const std::regex kRoom("[0-9]{9,} B: quantity|    \\| [0-9]{9,}|sha256:[0-9a-f]{12}|yes  by [^\n]+");
    return std::regex_replace(normalise(text), kRoom, "<varies>");
  };
  if (accept && same(now) != same(page)) {
    std::ofstream(file) << now;
    GTEST_SKIP() << "written: " << file;
  }
  EXPECT_EQ(same(page), same(now)) << "write it again with ASSAY_ACCEPT=1, and read the difference";
}

}  // namespace
}  // namespace assay::test
