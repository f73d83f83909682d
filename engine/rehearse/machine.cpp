// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/machine.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "engine/base/files.h"
#include "engine/base/json.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace assay::rehearse {
namespace asio = boost::asio;
namespace {

using expr::Kind;
using expr::Type;
using expr::Value;
using Tag = expr::Type::Tag;

// A value as the file has it, in the type that the fact has; nullopt: it does not fit.
std::optional<Value> fitted(const Value& value, const Type& type) {
  switch (type.tag()) {
    case Tag::kInt: return value.is(Kind::kInt) ? std::optional(value) : std::nullopt;
    case Tag::kBool: return value.is(Kind::kBool) ? std::optional(value) : std::nullopt;
    case Tag::kString: return value.is(Kind::kString) ? std::optional(value) : std::nullopt;
    case Tag::kDouble:
      if (value.is(Kind::kInt)) return Value::number(static_cast<double>(value.as_int()));
      return value.is(Kind::kDouble) ? std::optional(value) : std::nullopt;
    case Tag::kQuantity: {
      if (!value.is(Kind::kString)) return std::nullopt;
      const auto quantity = parse_quantity(value.as_string());
      if (!quantity || (type.unit() && !comparable(quantity->unit, *type.unit()))) return std::nullopt;
      return Value::quantity(*quantity);
    }
    case Tag::kList: {
      if (!value.is(Kind::kList)) return std::nullopt;
      expr::List items;
      for (const Value& item : value.as_list()) {
        auto fits = fitted(item, type.element());
        if (!fits) return std::nullopt;
        items.push_back(std::move(*fits));
      }
      return Value::list(std::move(items));
    }
    case Tag::kObject: {
      if (!value.is(Kind::kMap)) return std::nullopt;
      expr::Map map;
      for (const auto& [key, item] : value.as_map().entries()) {
        const Type* member = key.is(Kind::kString) ? type.member(key.as_string()) : nullptr;
        auto fits = member != nullptr ? fitted(item, *member) : std::nullopt;
        if (!fits) return std::nullopt;
        map.set(key, std::move(*fits));
      }
      return Value::map(std::move(map));
    }
    default: return value;
  }
}

std::string one_of(std::vector<std::string> names) {
  constexpr std::size_t kMostShown = 16;
  if (names.size() > kMostShown) {
    names.resize(kMostShown);
    names.emplace_back("…");
  }
  return "one of: " + join(names, ", ");
}

std::string described(const Type& type) {
  if (type.tag() == Tag::kQuantity) return "a quantity with its unit, for example \"8 GiB\" or \"2.4 GHz\"";
  if (type.tag() == Tag::kObject) return "a mapping with " + one_of(type.member_names());
  if (type.tag() == Tag::kList && type.element().tag() == Tag::kObject)
    return "a list, each element " + described(type.element());
  return type.text();
}

// The tree with one more value in it.
Value with(const Value& tree, std::span<const std::string_view> path, const Value& value) {
  if (path.empty()) return value;
  expr::Map map = tree.is(Kind::kMap) ? tree.as_map() : expr::Map();
  const Value* inner = map.find(path.front());
  Value changed = with(inner != nullptr ? *inner : Value(), path.subspan(1), value);
  map.set(path.front(), std::move(changed));
  return Value::map(std::move(map));
}

void add_fact(const recipe::GivenFact& fact, const Type& facts, Value& tree, Diagnostics& problems) {
  const std::vector<std::string_view> path = split(fact.path, '.');
  const Type* type = &facts;
  std::string known = "facts";
  for (const std::string_view part : path) {
    const Type* member = type->tag() == Tag::kObject ? type->member(part) : nullptr;
    if (member == nullptr) {
      const auto names = type->member_names();
      problems.add({.code = Code::kUnknownName,
                    .where = fact.where,
                    .message = "there is no fact '" + std::string(part) + "' in " + known,
                    .expected = names.empty() ? described(*type) : one_of(names),
                    .help = did_you_mean(part, names)});
      return;
    }
    known += '.';
    known += part;
    type = member;
  }
  const auto value = fitted(fact.value, *type);
  if (value) {
    tree = with(tree, path, *value);
    return;
  }
  const auto given = expr::to_text(fact.value);
  problems.add({.code = Code::kWrongType,
                .where = fact.where,
                .message = "'" + known + "' cannot be " +
                           (given ? "'" + shorten(printable(*given), 60) + "'" : "this " + expr::type_name(fact.value)),
                .expected = described(*type)});
}

}  // namespace

bool is_missing(const recipe::TestCase& test, const std::string& tool) {
  return std::any_of(test.tools_missing.begin(), test.tools_missing.end(),
                     [&](const recipe::Name& name) { return name.text == tool; });
}

hardware::Facts facts_of(const recipe::TestCase& test, const std::filesystem::path& base_dir, Diagnostics& problems) {
  hardware::Facts facts;
  if (!test.facts) return facts;
  facts.tree = Value::map({});
  if (test.facts->file) {
    const std::filesystem::path path = base_dir / test.facts->file->text;
    const auto read = [&]() -> Result<hardware::Facts> {
      ASSAY_TRY(const std::string text, read_file(path));
      ASSAY_TRY(const Json json, parse_json(text, path.string()));
      return hardware::facts_from_json(json);
    };
    auto from_file = read();
    if (from_file) {
      facts = std::move(*from_file);
    } else {
      Diagnostic problem = std::move(from_file).error();
      problem.where = test.facts->file->where;
      problems.add(std::move(problem));
    }
  }
  const Type type = hardware::facts_type();
  for (const recipe::GivenFact& fact : test.facts->values) add_fact(fact, type, facts.tree, problems);
  return facts;
}

ScriptedTarget::ScriptedTarget(const recipe::TestCase& test, const hardware::Facts& facts)
    : test_(test), facts_(facts) {
  std::map<std::string, std::string> values = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, {"HOME", "/root"}, {"USER", "root"}};
  for (const auto& [name, value] : test.env) values[name.text] = value;
  values["LC_ALL"] = "C.UTF-8";
  values["TZ"] = "UTC";
  environment_.assign(values.begin(), values.end());
}

std::optional<std::filesystem::path> ScriptedTarget::find_tool(const std::string& name) const {
  if (is_missing(test_, name)) return std::nullopt;
  return std::filesystem::path("/usr/bin") / name;
}

Result<target::Tool> ScriptedTarget::identify_tool(const std::string& name) const {
  const auto path = find_tool(name);
  if (!path)
    return failure(Code::kNotStartable, "cannot start '" + name + "': not found on PATH",
                   "install it, or give its full path");
  return target::Tool{
      .name = name, .path = path->string(), .version = name + " (scripted)", .sha256 = sha256_hex(name)};
}

Result<target::Tool> ScriptedTarget::fingerprint(const std::string& name, const std::string&) const {
  ASSAY_TRY(target::Tool tool, identify_tool(name));
  tool.version.clear();
  return tool;
}

Result<std::filesystem::path> ScriptedTarget::find_probe(const std::string& name) const {
  return std::filesystem::path("/usr/lib/assay/probes") / name;
}

Result<std::uint16_t> ScriptedTarget::free_port() const { return std::uint16_t{40'000}; }

asio::awaitable<bool> ScriptedTarget::accepts_connections(asio::any_io_executor, std::uint16_t) const {
  co_return true;
}

}  // namespace assay::rehearse
