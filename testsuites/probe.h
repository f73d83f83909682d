// SPDX-License-Identifier: Apache-2.0
// What the probe programs share: options in, one JSON object out, one meaning for each exit code. Probes are small
// programs of their own, so that a crash in one is a result and not the end of a run; they link nothing of the engine.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace probe {

constexpr int kDone = 0;
constexpr int kFault = 1;  // the system under test did something wrong
constexpr int kUsage = 2;
constexpr int kCannot = 77;  // this machine has no such hardware, or not the rights to look

// A JSON object being written; members keep their order. Numbers that are not finite become null, so that a reader
// that expects a number fails.
class Object {
 public:
  Object& text(const std::string& key, const std::string& value) { return raw(key, quoted(value)); }
  Object& integer(const std::string& key, std::int64_t value) { return raw(key, std::to_string(value)); }
  Object& boolean(const std::string& key, bool value) { return raw(key, value ? "true" : "false"); }
  Object& number(const std::string& key, double value) { return raw(key, number_text(value)); }
  Object& numbers(const std::string& key, const std::vector<double>& values) {
    std::vector<std::string> items;
    for (const double value : values) items.push_back(number_text(value));
    return raw(key, list(items));
  }
  Object& objects(const std::string& key, const std::vector<Object>& values) {
    std::vector<std::string> items;
    for (const Object& value : values) items.push_back(value.str());
    return raw(key, list(items));
  }
  [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }
  // Prints the object as the probe's only line on stdout and gives back the exit code; a stdout that cannot be written
  // is not a result.
  [[nodiscard]] int finish(int exit_code) const {
    const bool written = std::printf("%s\n", str().c_str()) > 0 && std::fflush(stdout) == 0;
    return written ? exit_code : 3;
  }

 private:
  Object& raw(const std::string& key, const std::string& value) {
    members_ += (members_.empty() ? "" : ", ") + quoted(key) + ": " + value;
    return *this;
  }
  static std::string number_text(double value) {
    if (!std::isfinite(value)) return "null";
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
  }
  static std::string list(const std::vector<std::string>& items) {
    std::string result = "[";
    for (const std::string& item : items) result += (result.size() > 1 ? ", " : "") + item;
    return result + "]";
  }
  // Drivers put what they like into names: only printable ASCII stays, the rest becomes '?'.
  static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') result += '\\';
      result += c >= ' ' && c <= '~' ? c : '?';
    }
    return result + '"';
  }
  std::string members_;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The machine has not what the probe needs; `what()` is the reason.
struct Cannot : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "--name value" pairs over defaults; an unknown name, a missing value or a value that is no number is a UsageError.
class Options {
 public:
  Options(int argc, char** argv, std::map<std::string, std::string> defaults) : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (name.rfind("--", 0) != 0 || values_.count(name.substr(2)) == 0)
        throw UsageError("unknown option '" + name + "'");
      if (i + 1 >= argc) throw UsageError("option '" + name + "' needs a value");
      values_[name.substr(2)] = argv[i + 1];
    }
  }
  [[nodiscard]] const std::string& text(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] double number(const std::string& name, double low, double high) const {
    const std::string& text = values_.at(name);
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= low && value <= high))
      throw UsageError("option '--" + name + "' must be a number from " + std::to_string(low) + " to " +
                       std::to_string(high) + ", got '" + text + "'");
    return value;
  }
  [[nodiscard]] const std::string& one_of(const std::string& name, const std::vector<std::string>& allowed) const {
    const std::string& text = values_.at(name);
    std::string list;
    for (const std::string& word : allowed) {
      if (word == text) return text;
      list += (list.empty() ? "" : ", ") + (word.empty() ? "nothing" : word);
    }
    throw UsageError("option '--" + name + "' must be one of: " + list + "; got '" + text + "'");
  }

 private:
  std::map<std::string, std::string> values_;
};

// main() of every probe: what is thrown becomes an exit code and a line on stderr.
inline int run(const char* name, const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return kUsage;
  } catch (const Cannot& reason) {
    std::fprintf(stderr, "%s: %s\n", name, reason.what());
    return Object{}.text("probe", name).text("cannot", reason.what()).finish(kCannot);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 3;
  }
}

}  // namespace probe
