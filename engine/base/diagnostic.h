// SPDX-License-Identifier: Apache-2.0
// One type for everything that can go wrong and be told to a person: place, cause, cure. Text is composed where the
// fact is known and rendered in exactly one place, render().
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/codes.h"

namespace assay {

enum class Severity : std::uint8_t { kError, kWarning, kNote };

// A text that diagnostics point into. Shared by every span, so that a span outlives the reader that made it.
struct SourceText {
  std::string name;  // as the user gave it: a path, or "<expression>"
  std::string text;

  // What excerpts must not show is known only once the text is understood: hide() writes it here.
  struct Hidden {
    std::vector<std::string> texts;                                       // wherever they stand
    std::uint32_t from_line = std::numeric_limits<std::uint32_t>::max();  // and all from here on
  };
  mutable Hidden hidden = {};
};

// A place in a text. Lines and columns count from 1; columns and length count code points. line 0: the whole file.
struct SourceSpan {
  std::shared_ptr<const SourceText> source = {};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;
};

// Keeps a secret that somebody wrote into a file out of all excerpts of that file, made before or later: "***" stands
// in its place. `secret` is the value that was read at `where`. Where the file says it in other letters, the whole
// quoted text is hidden; where it is in no quotes either (folded lines), nothing from that line on is shown. An empty
// one is no secret.
void hide(const SourceSpan& where, std::string_view secret);
// The same for what is no text.
void hide_from(const SourceSpan& where);

// "FILE:LINE", for the middle of a sentence.
std::string place_text(const SourceSpan& where);

struct Note {
  std::optional<SourceSpan> where = std::nullopt;
  std::string text = {};
};

struct Diagnostic {
  Code code = Code::kInternal;
  Severity severity = Severity::kError;
  std::optional<SourceSpan> where = std::nullopt;
  std::string message = {};      // what is wrong: one line, lower case, no full stop
  std::string expected = {};     // what was expected instead, one line; may be empty
  std::vector<Note> notes = {};  // other places, "while …" frames, captured output
  std::string help = {};         // the next thing to try; may be empty

  // Adds a frame: "while planning suite 'memory'".
  Diagnostic&& with_note(std::string text) &&;
};

// Collects the mistakes of one input, so that all are shown at once.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic) { items_.push_back(std::move(diagnostic)); }
  void add(const Diagnostics& other) { items_.insert(items_.end(), other.items_.begin(), other.items_.end()); }
  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] const std::vector<Diagnostic>& items() const { return items_; }
  // By file, line and column; equal places keep their order. Duplicates of place and message are dropped.
  void sort();

 private:
  std::vector<Diagnostic> items_;
};

enum class Colour : std::uint8_t { kNever, kAlways };

// The text a person reads: "file:line:column: error[R012]: …", the line, a caret, what was expected, the cure.
// Control characters of the source are shown as '?'; tabs as one space.
std::string render(const Diagnostic& diagnostic, Colour colour = Colour::kNever);
// Every item, sorted, at most `limit` of them, and a closing count.
std::string render(Diagnostics diagnostics, Colour colour = Colour::kNever, std::size_t limit = 20);

// The span of text[begin, end) in `source`, by byte offsets.
SourceSpan span_of(std::shared_ptr<const SourceText> source, std::size_t begin, std::size_t end);

}  // namespace assay
