// SPDX-License-Identifier: Apache-2.0
#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace assay {

Result<AtomicFile> AtomicFile::create(const fs::path& path, unsigned mode) {
  std::string beside = (path.parent_path() / ("." + path.filename().string() + ".XXXXXX")).string();
  UniqueFd fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (!fd) return failure(system_failure("write", path, errno));
  AtomicFile file(std::move(fd), path, std::move(beside));
  if (::fchmod(file.fd_.get(), static_cast<mode_t>(mode)) != 0) return failure(system_failure("write", path, errno));
  return file;
}

AtomicFile::~AtomicFile() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Result<void> AtomicFile::write(std::string_view bytes) { return write_all(fd_.get(), bytes, path_); }

Result<void> AtomicFile::commit() {
  if (::fdatasync(fd_.get()) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0)
    return failure(system_failure("write", path_, errno));
  beside_.clear();
  return {};
}

}  // namespace assay
