// SPDX-License-Identifier: Apache-2.0
#include "engine/record/verify.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/bundle.h"
#include "engine/record/evidence.h"
#include "engine/record/journal.h"
#include "engine/record/members.h"
#include "engine/record/step_json.h"
#include "engine/record/torn.h"

namespace assay::record {
namespace {

constexpr std::size_t kMostProblems = 100;

// A piece of evidence and the line that named it first.
struct Named {
  EvidenceRef ref;
  std::uint64_t line = 0;
  bool is_inline = false;
};

class Verifier {
 public:
  Verifier(const std::filesystem::path& folder, const VerifyProgress& progress)
      : folder_(folder), progress_(progress) {}

  Result<Verification> check() {
    ASSAY_TRY(const std::string header, read_file(folder_ / "run.json", kLineLimit));
    check_header(header);
    std::ifstream journal(folder_ / "journal.jsonl", std::ios::binary);
    if (!journal) {
      problem("journal.jsonl", 0, "is missing");
      return std::move(out_);
    }
    out_.head = sha256_hex(header);
    check_journal(journal, out_.head);
    check_evidence();
    check_folder();
    return std::move(out_);
  }

 private:
  void problem(std::string file, std::uint64_t line, std::string text) {
    if (out_.problems.size() < kMostProblems) out_.problems.push_back({std::move(file), line, std::move(text)});
  }
  void warn(std::string file, std::uint64_t line, std::string text) {
    if (out_.warnings.size() < kMostProblems) out_.warnings.push_back({std::move(file), line, std::move(text)});
  }

  void check_header(const std::string& text) {
    const auto header = parse_json(text, "run.json");
    if (!header || !header->is_object()) return problem("run.json", 0, "is not a JSON object");
    out_.run = text_of(*header, "id");
    if (const std::string format = text_of(*header, "format"); format != "assay.run/1")
      return problem("run.json", 0, "has the format '" + printable(format) + "'");
    const std::string name = std::filesystem::weakly_canonical(folder_).filename().string();
    if (out_.run != name)
      warn("run.json", 0, "is of the run '" + printable(out_.run) + "', its folder has another name");
  }

  void check_journal(std::istream& stream, std::string prev) {
    LineReader lines(stream, kLineLimit);
    std::string line;
    std::uint64_t offset = 0;  // of the line in the file
    for (std::uint64_t number = 1;; ++number) {
      const LineReader::Got got = lines.next(line);
      if (got == LineReader::Got::kEnd) break;
      if (out_.sealed)
        return problem("journal.jsonl", number, "stands after the seal, which is the last line of a run");
      if (got == LineReader::Got::kTooLong) return problem("journal.jsonl", number, "is longer than 16 MiB");
      const bool has_newline = got == LineReader::Got::kLine;
      if (may_be_torn(has_newline, line) && is_torn(folder_ / "journal.jsonl", offset)) {
        warn("journal.jsonl", number,
             line.find('\0') == std::string::npos
                 ? "is torn: the run was cut off while it was written; it is left out"
                 : "is torn: a part of it never came to the disk; what follows is left out");
        break;
      }
      if (!has_newline) return problem("journal.jsonl", number, "ends with another byte than a line does");
      check_whole_line(line, number, prev);
      line += '\n';
      offset += line.size();
      hash_.update(line);
      prev = hash_.finish();
      if (!broken_) out_.head = prev;
    }
  }

  // What follows a line that was changed is looked at all the same: it may name evidence, and be the seal.
  void check_whole_line(const std::string& line, std::uint64_t number, const std::string& prev) {
    const auto json = parse_json(line, "line", {.bytes = kLineLimit});
    if (!json || !json->is_object()) {
      broken_ = true;
      return problem("journal.jsonl", number, "is not a JSON object");
    }
    if (text_of(*json, "prev") != prev) follows_badly(number);
    const auto seq = json->find("seq");
    if (!broken_ && (seq == json->end() || !seq->is_number_unsigned() || seq->get<std::uint64_t>() != number))
      problem("journal.jsonl", number, "does not have the number " + std::to_string(number) + " as its `seq`");
    if (!broken_) ++out_.lines;
    check_line(*json, line, number);
  }

  // Which of the two was changed, nobody can tell; the one before is the longer one to look at.
  void follows_badly(std::uint64_t number) {
    broken_ = true;
    const std::string file = number == 1 ? "run.json" : "journal.jsonl";
    const std::uint64_t before = number - 1;
    const bool known = std::any_of(out_.problems.begin(), out_.problems.end(), [&](const VerifyProblem& one) {
      return one.file == file && one.line == before && before > 0;
    });
    if (known) return;
    problem(file, before,
            "does not have the digest that line " + std::to_string(number) + " of the journal names: " +
                (number == 1 ? "run.json" : "line " + std::to_string(before)) + " or that line was changed");
  }

  void check_line(const Json& json, const std::string& line, std::uint64_t number) {
    if (!time_of(json, "time")) problem("journal.jsonl", number, "has no `time`");
    const std::string& type = text_of(json, "type");
    if (type.empty()) problem("journal.jsonl", number, "has no `type`");
    if (type == "sealed") out_.sealed = true;
    if (type == "sealed" || json.find("digest") != json.end()) check_seal(json, line, number);
    if (type == "output" || type == "facts") {
      const auto text = json.find("text");
      const bool is_inline = text != json.end() && text->is_string();
      name_evidence(json, number, is_inline);
      if (is_inline && sha256_hex(text->get_ref<const std::string&>()) != text_of(json, "sha256"))
        problem("journal.jsonl", number, "holds text that does not have its digest");
    } else if (type == "finished") {
      for_each(json, "evidence", [&](const Json& item) { name_evidence(item, number, false); });
    }
  }

  // No line follows that would name its digest, so it has one of its own.
  void check_seal(const Json& json, const std::string& line, std::uint64_t number) {
    const Json& last = json.back();
    if (json.find("digest") == json.end() && !(last.is_string() && is_digest(last.get_ref<const std::string&>())))
      return warn("journal.jsonl", number, "is a seal without a digest of its own: a change of it would not be seen");
    Json bare = json;
    bare.erase("digest");
    if (seal_digest(bare) != text_of(json, "digest") || to_json_line(json) != line)
      problem("journal.jsonl", number, "does not have its own digest");
  }

  void name_evidence(const Json& json, std::uint64_t number, bool is_inline) {
    EvidenceRef ref = evidence_from_json(json);
    if (!is_digest(ref.sha256))
      return problem("journal.jsonl", number, "names evidence by something that is no SHA-256");
    if (is_inline) ++out_.inline_pieces;
    std::string digest = ref.sha256;
    const auto [place, is_new] = evidence_.try_emplace(std::move(digest), Named{std::move(ref), number, is_inline});
    if (!is_new) place->second.is_inline = place->second.is_inline || is_inline;
  }

  static std::string path_of(const std::string& sha256) {
    return "evidence/sha256/" + sha256.substr(0, 2) + "/" + sha256;
  }

  void check_evidence() {
    std::uint64_t all = 0;
    std::error_code error;
    std::map<std::string, std::uint64_t> sizes;
    for (const auto& [digest, named] : evidence_) {
      const auto size = std::filesystem::file_size(evidence_path(folder_, digest), error);
      if (error) continue;
      sizes[digest] = size;
      all += size;
    }
    for (const auto& [digest, named] : evidence_) {
      const auto found = sizes.find(digest);
      if (found == sizes.end() && named.is_inline) continue;
      if (found == sizes.end()) {
        problem(path_of(digest), 0, "is missing; line " + std::to_string(named.line) + " of the journal names it");
        continue;
      }
      if (auto read = read_evidence_file(folder_, named.ref, UINT64_MAX, {}); !read)
        problem(path_of(digest), 0,
                read.error().message + "; line " + std::to_string(named.line) + " of the journal names it");
      ++out_.files;
      out_.file_bytes += found->second;
      if (progress_) progress_(out_.file_bytes, all);
    }
  }

  // What lies there and nobody names.
  void check_folder() {
    std::error_code error;
    std::filesystem::recursive_directory_iterator it(folder_, error);
    for (const std::filesystem::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
      const std::string path = it->path().lexically_relative(folder_).generic_string();
      if (path == "reports") {
        it.disable_recursion_pending();
        continue;
      }
      std::error_code gone;
      const auto kind = it->symlink_status(gone).type();
      if (kind == std::filesystem::file_type::directory) continue;
      if (path == "pin" && kind == std::filesystem::file_type::regular) continue;
      if (kind != std::filesystem::file_type::regular || !is_record_path(path)) {
        warn(path, 0, "is not part of a record");
      } else if (path == "certificate.jsonl") {
        warn(path, 0, "holds signatures, which this version does not check");
      } else if (path.starts_with("evidence/") && evidence_.count(it->path().filename().string()) == 0) {
        warn(path, 0, "is evidence that no line of the journal names");
      }
    }
    if (error) problem(".", 0, "cannot be listed: " + error.message());
  }

  const std::filesystem::path& folder_;
  const VerifyProgress& progress_;
  Verification out_;
  Sha256 hash_;
  bool broken_ = false;                    // a line does not follow the one before it
  std::map<std::string, Named> evidence_;  // by the digest of the stored bytes
};

}  // namespace

Result<Verification> verify_record(const std::filesystem::path& run_folder, const VerifyProgress& progress) {
  return Verifier(run_folder, progress).check();
}

}  // namespace assay::record
