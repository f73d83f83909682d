// SPDX-License-Identifier: Apache-2.0
#include "engine/secret/secrets.h"

#include <cstring>

namespace assay::secret {

void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

Result<std::shared_ptr<const Secrets>> Secrets::create(std::map<std::string, std::string> values) {
  std::shared_ptr<Secrets> out(new Secrets());
  out->values_ = std::move(values);
  std::vector<std::string> all;
  for (const auto& [reference, value] : out->values_) all.push_back(value);
  auto redactor = Redactor::create(all);
  for (std::string& value : all) wipe(value);
  if (!redactor) return failure(std::move(redactor).error());
  out->redactor_ = std::move(*redactor);
  return out;
}

std::shared_ptr<const Secrets> Secrets::of_references() {
  std::shared_ptr<Secrets> out(new Secrets());
  out->by_themselves_ = true;
  return out;
}

Secrets::~Secrets() {
  for (auto& [reference, value] : values_) wipe(value);
}

Result<std::string> Secrets::reveal(const expr::Secret& secret) const {
  std::string out;
  for (const expr::Secret::Part& part : secret.parts) {
    const auto found = values_.find(part.text);
    if (!part.is_reference || by_themselves_) {
      out += part.text;
    } else if (found != values_.end()) {
      out += found->second;
    } else {
      wipe(out);
      return failure(Code::kSecretSource, "the secret '" + part.text + "' was not read when the run began");
    }
  }
  return out;
}

}  // namespace assay::secret
