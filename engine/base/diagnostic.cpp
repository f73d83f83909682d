// SPDX-License-Identifier: Apache-2.0
#include "engine/base/diagnostic.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>

#include "engine/base/text.h"

namespace assay {
namespace {

struct Palette {
  std::string_view bold, error, warning, note, caret, reset;
};
constexpr Palette kPlain{"", "", "", "", "", ""};
constexpr Palette kColoured{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};
constexpr std::size_t kLineWidth = 160;  // longer source lines are cut around the place

// nullptr: it stands nowhere, as the name of a step that has none.
const SourceSpan* known(const std::optional<SourceSpan>& where) { return where && where->source ? &*where : nullptr; }

std::string place(const SourceSpan& span) {
  std::string text = printable(span.source->name);
  if (span.line > 0) {
    text += ':' + std::to_string(span.line) + ':' + std::to_string(std::max(span.column, 1U));
  }
  return text;
}

std::string_view line_of(std::string_view text, std::uint32_t number) {
  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < number; ++line) {
    const auto end = text.find('\n', begin);
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
  auto line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Byte offset of the code point with the given number (from 0), clamped to the end.
std::size_t byte_offset(std::string_view line, std::size_t code_points) {
  std::size_t at = 0;
  for (; at < line.size() && code_points > 0; --code_points) at += code_point_size(line, at);
  return at;
}

// The window of a long line that is shown: whole code points, `before` bytes in front of `place` at most.
std::string_view window(std::string_view line, std::size_t place, std::size_t before, std::size_t width) {
  std::size_t begin = 0;
  while (begin + before < place) begin += code_point_size(line, begin);
  std::size_t end = begin;
  while (end < line.size() && end + code_point_size(line, end) <= begin + width) end += code_point_size(line, end);
  return line.substr(begin, end - begin);
}

std::string numbered(std::uint32_t number, std::string_view line) {
  std::string text = std::to_string(number);
  if (text.size() < 5) text.insert(0, 5 - text.size(), ' ');
  return text + " | " + printable(line) + '\n';
}

// A line as it may be shown, with the bytes [begin, end) that are pointed at.
struct ShownLine {
  std::string text;
  std::size_t begin = 0;
  std::size_t end = 0;
};

ShownLine shown_line(const SourceText& source, std::uint32_t number, std::size_t begin, std::size_t end) {
  constexpr std::string_view kMask = "***";
  constexpr std::size_t kLongest = 64U << 10U;  // longer lines are not searched
  const std::string_view line = line_of(source.text, number);
  const SourceText::Hidden& hidden = source.hidden;
  if (number >= hidden.from_line || (!hidden.texts.empty() && line.size() > kLongest))
    return {std::string(kMask), 0, kMask.size()};
  if (hidden.texts.empty()) return {std::string(line), begin, end};
  ShownLine out;
  std::optional<std::size_t> new_begin;
  std::optional<std::size_t> new_end;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t length = 0;
    for (const std::string& text : hidden.texts) {
      if (text.size() > length && line.substr(at).starts_with(text)) length = text.size();
    }
    const std::size_t next = at + std::max<std::size_t>(length, 1);
    if (!new_begin && begin < next) new_begin = out.text.size();
    out.text += length > 0 ? kMask : line.substr(at, 1);
    if (!new_end && end <= next) new_end = out.text.size();
    at = next;
  }
  out.begin = new_begin.value_or(out.text.size());
  out.end = std::max(out.begin, new_end.value_or(out.text.size()));
  return out;
}

void render_source(const SourceSpan& span, const Palette& paint, std::string& out) {
  if (span.line == 0) return;
  const std::string_view source = line_of(span.source->text, span.line);
  const ShownLine whole = shown_line(*span.source, span.line, byte_offset(source, std::max(span.column, 1U) - 1),
                                     byte_offset(source, std::max(span.column, 1U) - 1 + span.length));
  auto [begin, end] = std::pair(whole.begin, whole.end);
  std::string_view line = whole.text;
  if (line.size() > kLineWidth) {
    const std::string_view shown = window(line, begin, kLineWidth / 2, kLineWidth);
    const auto cut = static_cast<std::size_t>(shown.data() - line.data());
    line = shown;
    begin -= cut;
    end = std::min(end - cut, line.size());
  } else if (span.line > 1) {
    const std::string before = shown_line(*span.source, span.line - 1, 0, 0).text;
    if (!trim(before).empty() && before.size() <= kLineWidth) out += numbered(span.line - 1, before);
  }
  out += numbered(span.line, line);
  const std::size_t indent = display_width(printable(line.substr(0, begin)));
  const std::size_t width = std::max<std::size_t>(1, display_width(printable(line.substr(begin, end - begin))));
  out.append("      | ").append(indent, ' ').append(paint.caret).append("^");
  out.append(width - 1, '~').append(paint.reset).append("\n");
}

// What the file says from `where` to the end of the line; a quoted text that ends there with its quotes, and no more.
struct Written {
  std::string_view text;
  bool quoted = false;
};

Written written_at(const SourceSpan& where) {
  std::string_view rest = line_of(where.source->text, where.line);
  rest.remove_prefix(byte_offset(rest, std::max(where.column, 1U) - 1));
  const char quote = rest.empty() ? '\0' : rest.front();
  if (quote != '"' && quote != '\'') return {rest};
  for (std::size_t at = 1; at < rest.size(); ++at) {
    const bool escape = quote == '"' ? rest[at] == '\\' : rest.substr(at).starts_with("''");
    if (escape) {
      ++at;
    } else if (rest[at] == quote) {
      return {rest.substr(0, at + 1), true};
    }
  }
  return {rest};
}

// False: there are too many already.
bool hide_text(const SourceSpan& where, std::string_view text) {
  constexpr std::size_t kMostTexts = 100;  // each costs a search of every line that is shown
  constexpr std::size_t kLongest = 64U << 10U;
  std::vector<std::string>& texts = where.source->hidden.texts;
  if (std::find(texts.begin(), texts.end(), text) != texts.end()) return true;
  if (texts.size() >= kMostTexts || text.size() > kLongest) return false;
  texts.emplace_back(text);
  return true;
}

}  // namespace

Diagnostic&& Diagnostic::with_note(std::string text) && {
  notes.push_back(Note{.where = std::nullopt, .text = std::move(text)});
  return std::move(*this);
}

void hide(const SourceSpan& where, std::string_view secret) {
  if (secret.empty() || !where.source) return;
  const Written written = written_at(where);
  const bool literal =
      secret.find('\n') == std::string_view::npos && written.text.find(secret) != std::string_view::npos;
  if (!literal && !written.quoted) return hide_from(where);
  if (!hide_text(where, secret) || (!literal && !hide_text(where, written.text))) hide_from(where);
}

void hide_from(const SourceSpan& where) {
  if (!where.source) return;
  SourceText::Hidden& hidden = where.source->hidden;
  hidden.from_line = std::min(hidden.from_line, std::max(where.line, 1U));
}

std::string place_text(const SourceSpan& where) {
  const std::string name = where.source ? where.source->name : "";
  return where.line == 0 ? name : name + ":" + std::to_string(where.line);
}

bool Diagnostics::has_errors() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Diagnostic& item) { return item.severity == Severity::kError; });
}

void Diagnostics::sort() {
  const auto key = [](const Diagnostic& item) {
    using Place = std::tuple<std::string_view, std::uint32_t, std::uint32_t>;
    const SourceSpan* where = known(item.where);
    return where != nullptr ? Place(where->source->name, where->line, where->column) : Place("", 0, 0);
  };
  std::stable_sort(items_.begin(), items_.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) {
    return key(a) == key(b) && a.message == b.message;
  };
  items_.erase(std::unique(items_.begin(), items_.end(), same), items_.end());
}

std::string render(const Diagnostic& diagnostic, Colour colour) {
  const Palette& paint = colour == Colour::kAlways ? kColoured : kPlain;
  std::string out;
  if (const auto* where = known(diagnostic.where))
    out.append(paint.bold).append(place(*where)).append(paint.reset).append(": ");
  switch (diagnostic.severity) {
    case Severity::kError: out.append(paint.error).append("error"); break;
    case Severity::kWarning: out.append(paint.warning).append("warning"); break;
    case Severity::kNote: out.append(paint.note).append("note"); break;
  }
  out.append("[").append(info(diagnostic.code).text).append("]").append(paint.reset).append(": ");
  out.append(printable(diagnostic.message)).append("\n");
  if (const auto* where = known(diagnostic.where)) render_source(*where, paint, out);
  if (!diagnostic.expected.empty()) out.append("  expected ").append(printable(diagnostic.expected)).append("\n");
  for (const Note& note : diagnostic.notes) {
    out.append("  ").append(paint.note).append("note").append(paint.reset).append(": ");
    if (const auto* where = known(note.where)) out.append(place(*where)).append(": ");
    std::string text = printable(note.text, KeepLines::kYes);
    while (text.ends_with('\n')) text.pop_back();
    out.append(replace_all(std::move(text), "\n", "\n        ")).append("\n");
  }
  if (!diagnostic.help.empty()) {
    out.append("  ").append(paint.note).append("help").append(paint.reset).append(": ");
    out.append(replace_all(printable(diagnostic.help, KeepLines::kYes), "\n", "\n        ")).append("\n");
  }
  return out;
}

std::string render(Diagnostics diagnostics, Colour colour, std::size_t limit) {
  diagnostics.sort();
  std::string out;
  std::size_t errors = 0;
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity == Severity::kError) ++errors;
  }
  std::size_t shown = 0;
  for (const Diagnostic& item : diagnostics.items()) {
    if (shown == limit) break;
    out += render(item, colour);
    ++shown;
  }
  if (diagnostics.items().size() > shown) {
    out += "… and " + std::to_string(diagnostics.items().size() - shown) + " more\n";
  }
  if (errors > 1) out += std::to_string(errors) + " errors\n";
  return out;
}

SourceSpan span_of(std::shared_ptr<const SourceText> source, std::size_t begin, std::size_t end) {
  const std::string_view text = source->text;
  begin = std::min(begin, text.size());
  end = std::clamp(end, begin, text.size());
  const std::string_view before = text.substr(0, begin);
  const auto newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  std::string_view inside = text.substr(begin, end - begin);
  inside = inside.substr(0, inside.find('\n'));
  return SourceSpan{.source = std::move(source),
                    .line = static_cast<std::uint32_t>(line),
                    .column = static_cast<std::uint32_t>(count_code_points(before.substr(line_begin)) + 1),
                    .length = static_cast<std::uint32_t>(std::max<std::size_t>(1, count_code_points(inside)))};
}

}  // namespace assay
