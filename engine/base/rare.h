// SPDX-License-Identifier: Apache-2.0
// Like std::optional, with its value on the heap: for parts that few of many objects have, so that an object without
// one pays a pointer for it. Copies copy the value.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace assay {

template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(std::nullopt_t /*none*/) {}                                  // NOLINT: as std::optional converts
  Rare(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT: as std::optional converts
  Rare(std::optional<T> value) {                                    // NOLINT: as std::optional converts
    if (value) value_ = std::make_unique<T>(std::move(*value));
  }
  Rare(const Rare& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }

  // Only where there is a value.
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

  [[nodiscard]] T value_or(T fallback) const { return value_ ? *value_ : std::move(fallback); }

  template <class... Args>
  T& emplace(Args&&... args) {
    value_ = std::make_unique<T>(std::forward<Args>(args)...);
    return *value_;
  }
  void reset() { value_.reset(); }

  friend bool operator==(const Rare& a, const Rare& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
  }
  template <class U>
  requires(!std::is_same_v<U, Rare>) friend bool operator==(const Rare& rare, const U& value) {
    return rare.has_value() && *rare == value;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace assay
