// SPDX-License-Identifier: Apache-2.0
// A secret of any bytes in text of any bytes: whatever the pieces in which the text comes, the same bytes leave, and
// none of the plain encodings of the secret is among them.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/base/text.h"
#include "engine/secret/redactor.h"
#include "engine/secret/spellings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  constexpr std::size_t kHeader = 3;
  constexpr std::size_t kLongestSecret = 40;
  constexpr std::size_t kLongestText = 4096;
  if (size < kHeader || size > kLongestText) return 0;
  const std::size_t secret_size = 1 + data[0] % kLongestSecret;
  const std::size_t piece = 1 + data[1];
  const std::size_t encoding = data[2] % 4;
  const std::string input(reinterpret_cast<const char*>(data + kHeader), size - kHeader);
  if (input.size() < secret_size) return 0;
  const std::string value = input.substr(0, secret_size);
  if (value.find('*') != std::string::npos) return 0;  // what stands for it would be a part of it
  const std::string spelled = encoding == 0   ? value
                              : encoding == 1 ? hex(value)
                              : encoding == 2 ? base64(value)
                                              : base64("x" + value + "yz");
  const std::string rest = input.substr(secret_size);
  const std::string text = rest.substr(0, rest.size() / 2) + spelled + rest.substr(rest.size() / 2);
  const auto redactor = secret::Redactor::create({value});
  if (!redactor) std::abort();
  const std::string whole = redactor->redact(text);
  secret::RedactedStream stream(*redactor);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    out += stream.append(std::string_view(text).substr(at, piece));
  out += stream.finish();
  if (out != whole) std::abort();
  if (value.size() < secret::kShortest) return 0;
  const std::string inside = base64(value).substr(0, value.size() * 8 / 6);
  for (const std::string& one : {value, hex(value), inside}) {
    if (out.find(one) != std::string::npos) std::abort();
  }
  return 0;
}
