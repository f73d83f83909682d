// SPDX-License-Identifier: Apache-2.0
// Tar archives byte by byte, so that tests can make those that no program would.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace assay::test {

struct TarEntry {
  std::string name;
  std::string bytes = {};
  char type = '0';        // '0' file, '1' hard link, '2' link, '3' character device, '5' folder, '6' pipe
  std::string link = {};  // where a link leads
  std::string size = {};  // what the head says instead of the truth, octal
};

// Head, bytes, filling (POSIX.1-1988 ustar).
inline std::string tar_entry(const TarEntry& entry) {
  std::array<char, 512> head{};
  const auto put = [&](std::size_t at, std::size_t room, std::string_view text) {
    std::memcpy(head.data() + at, text.data(), std::min(room, text.size()));
  };
  std::array<char, 16> octal{};
  std::snprintf(octal.data(), octal.size(), "%011zo", entry.bytes.size());
  put(0, 100, entry.name);
  put(100, 8, "0000644");
  put(108, 8, "0000000");
  put(116, 8, "0000000");
  put(124, 12, entry.size.empty() ? octal.data() : entry.size);
  put(136, 12, "00000000000");
  put(148, 8, "        ");
  head[156] = entry.type;
  put(157, 100, entry.link);
  put(257, 8, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  std::snprintf(octal.data(), octal.size(), "%06o", sum);
  put(148, 7, std::string_view(octal.data(), 7));
  std::string out(head.data(), head.size());
  out += entry.bytes;
  out.append((512 - out.size() % 512) % 512, '\0');
  return out;
}

inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace assay::test
