// SPDX-License-Identifier: Apache-2.0
#include "engine/record/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"

namespace assay::record {

Result<JournalWriter> JournalWriter::create(const std::filesystem::path& path, std::string first_prev,
                                            const Clock& clock) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return failure(system_failure("create", path, errno));
  return JournalWriter(std::move(fd), path, std::move(first_prev), clock);
}

Result<void> JournalWriter::append(const Json& fields, Durable durable) {
  if (broken_) return failure(Code::kJournal, "the journal '" + path_.string() + "' could not be written before");
  Json line;
  line["seq"] = ++seq_;
  line["time"] = format_rfc3339(clock_->wall());
  line["prev"] = prev_;
  line.update(fields);
  const std::string text = to_json_line(line) + '\n';
  broken_ = true;  // until all of it has succeeded
  const auto lost = [](Diagnostic problem) {
    problem.code = Code::kJournal;
    return failure(std::move(problem));
  };
  if (auto written = write_all(fd_.get(), text, path_); !written) return lost(std::move(written).error());
  if (durable == Durable::kYes && ::fdatasync(fd_.get()) != 0) return lost(system_failure("sync", path_, errno));
  broken_ = false;
  prev_ = sha256_hex(text);
  return {};
}

}  // namespace assay::record
