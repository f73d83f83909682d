// SPDX-License-Identifier: Apache-2.0
// A Rare that reads as a fresh value where there is none.
#pragma once

#include <utility>

#include "engine/base/rare.h"

namespace assay {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): is a T

  // One that was never written is as a fresh T.
  const T& operator*() const {
    static const T kFresh;
    return value_ ? *value_ : kFresh;
  }
  const T* operator->() const { return &**this; }
  // To write to.
  T& edit() { return value_ ? *value_ : value_.emplace(); }
  [[nodiscard]] bool is_fresh() const { return !value_; }

 private:
  Rare<T> value_;
};

}  // namespace assay
