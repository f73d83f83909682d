// SPDX-License-Identifier: Apache-2.0
// The values of a run's secrets. They live here and in the environment or standard input of a step's own process, and
// nowhere else: the rest of the program knows references (expr::Secret).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/expr/value.h"
#include "engine/secret/redactor.h"

namespace assay::secret {

// Overwrites the bytes, then empties it.
void wipe(std::string& text);

class Secrets {
 public:
  // By reference ("env:TOKEN"). Error kTooLarge: see Redactor::create().
  static Result<std::shared_ptr<const Secrets>> create(std::map<std::string, std::string> values);
  // For rehearsals: what a reference means is never read, so that each stands for itself; nothing is masked.
  static std::shared_ptr<const Secrets> of_references();
  ~Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  // The text of a value that is a secret. Error: one of its references was not read.
  [[nodiscard]] Result<std::string> reveal(const expr::Secret& secret) const;
  [[nodiscard]] const Redactor& redactor() const { return redactor_; }

 private:
  Secrets() = default;
  std::map<std::string, std::string> values_;
  bool by_themselves_ = false;
  Redactor redactor_;
};

}  // namespace assay::secret
