// SPDX-License-Identifier: Apache-2.0
// A part of a value that is seldom there: as small as a pointer until it is written, and copied with the value.
#pragma once

#include <memory>

namespace assay {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor): is a T
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) *this = Boxed(other);
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  // One that was never written is as a fresh T.
  const T& operator*() const {
    static const T kFresh;
    return value_ ? *value_ : kFresh;
  }
  const T* operator->() const { return &**this; }
  // To write to.
  T& edit() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  [[nodiscard]] bool is_fresh() const { return value_ == nullptr; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace assay
