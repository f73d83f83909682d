// SPDX-License-Identifier: Apache-2.0
// Feeds every file of a folder to a fuzz target. An input that breaks it ends the process; its name was printed before.
// An empty or missing folder is a failure: a replay of nothing proves nothing.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>

#include "engine/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::error_code error;
  std::set<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], error)) inputs.insert(entry.path());
  if (inputs.empty()) {
    std::fprintf(stderr, "no inputs in %s\n", argv[1]);
    return 1;
  }
  for (const std::filesystem::path& path : inputs) {
    std::printf("%s\n", path.filename().c_str());
    std::fflush(stdout);
    const auto bytes = assay::read_file(path);
    if (!bytes) {
      std::fputs(assay::render(bytes.error()).c_str(), stderr);
      return 1;
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
  }
  std::printf("%zu inputs\n", inputs.size());
  return 0;
}
