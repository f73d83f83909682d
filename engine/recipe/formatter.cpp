// SPDX-License-Identifier: Apache-2.0
// Scan, print, then read the result again and compare: what people wrote is not left to the two stages being right.
#include "engine/recipe/formatter.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/text.h"
#include "engine/recipe/format_print.h"
#include "engine/recipe/format_scan.h"

namespace assay::recipe {
namespace {

// Whether two trees say the same to every reader of ours, aliases included.
class Comparison {
 public:
  // The first node of the first tree that has no equal in the second; nullptr: there is none.
  const YamlNode* difference(const YamlNode& a, const YamlNode& b) {
    const auto [seen, fresh] = twins_.emplace(&a, &b);
    if (!fresh) return seen->second == &b ? nullptr : &a;
    if (!taken_.insert(&b).second) return &a;
    if (a.kind != b.kind || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return &a;
    if (a.kind == YamlNode::Kind::kScalar && !same_text(a, b)) return &a;
    for (std::size_t i = 0; i < a.items.size(); ++i) {
      if (const YamlNode* found = difference(*a.items[i], *b.items[i])) return found;
    }
    for (std::size_t i = 0; i < a.entries.size(); ++i) {
      if (const YamlNode* found = difference(*a.entries[i].key, *b.entries[i].key)) return found;
      if (const YamlNode* found = difference(*a.entries[i].value, *b.entries[i].value)) return found;
    }
    return nullptr;
  }

 private:
  // Quotes matter only to text that would be a number or a word like true without them.
  static bool same_text(const YamlNode& a, const YamlNode& b) {
    if (a.scalar != b.scalar) return false;
    const bool a_plain = a.style == YamlNode::Style::kPlain;
    const bool b_plain = b.style == YamlNode::Style::kPlain;
    return a_plain == b_plain || to_value(a_plain ? a : b).kind() == expr::Kind::kString;
  }

  std::unordered_map<const YamlNode*, const YamlNode*> twins_;
  std::unordered_set<const YamlNode*> taken_;
};

bool same_comments(const YamlLayout& a, const YamlLayout& b) {
  return std::equal(a.comments.begin(), a.comments.end(), b.comments.begin(), b.comments.end(),
                    [](const YamlComment& x, const YamlComment& y) { return x.text == y.text; });
}

Diagnostic changed(const YamlDocument& source, std::string what, const YamlNode* node = nullptr) {
  Diagnostic diagnostic{.code = Code::kFormatter,
                        .message = "formatting would change " + std::move(what),
                        .help = "this is a fault of assay: please report it with the file, which is unchanged"};
  diagnostic.where = node != nullptr ? node->span() : SourceSpan{.source = source.source};
  return diagnostic;
}

std::optional<Diagnostic> objection(const YamlDocument& source, const YamlLayout& layout, std::string text) {
  const YamlDocument result = parse_yaml(std::move(text), source.source->name);
  if (!result.root || result.problems.has_errors()) {
    return changed(source, "the file into no YAML").with_note(render(result.problems));
  }
  if (const YamlNode* node = Comparison().difference(*source.root, *result.root)) {
    return changed(source, "the meaning of this", node);
  }
  const auto result_layout = scan_layout(result);
  if (!result_layout || !same_comments(layout, *result_layout)) return changed(source, "the comments of the file");
  return std::nullopt;
}

}  // namespace

std::optional<Diagnostic> changed_meaning(std::string before, std::string after, const std::string& name) {
  const YamlDocument source = parse_yaml(std::move(before), name);
  if (!source.root) return source.problems.items().front();
  const auto layout = scan_layout(source);
  return layout ? objection(source, *layout, std::move(after)) : layout.error();
}

Formatted format_yaml(std::string text, std::string name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  Formatted out;
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.find('\r') != std::string::npos) text = replace_all(std::move(text), "\r\n", "\n");
  const YamlDocument source = parse_yaml(std::move(text), std::move(name));
  out.problems = source.problems;
  if (!source.root || out.problems.has_errors()) return out;
  const auto layout = scan_layout(source);
  if (!layout) {
    out.problems.add(layout.error());
    return out;
  }
  std::string result = print_canonical(*layout);
  if (auto problem = objection(source, *layout, result)) {
    out.problems.add(std::move(*problem));
  } else {
    out.text = std::move(result);
  }
  return out;
}

}  // namespace assay::recipe
