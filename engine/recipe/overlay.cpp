// SPDX-License-Identifier: Apache-2.0
#include "engine/recipe/overlay.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "engine/base/text.h"
#include "engine/recipe/step_reader.h"

namespace assay::recipe {
namespace {

using C = ReadContext;
using N = YamlNode;

// Keys whose entries are merged by name; all other values are replaced whole.
const std::set<std::string, std::less<>> kMerged = {"env", "with", "outputs", "pools", "profiles"};

// The keys of a step, none needed, each of which may be null: taken away.
Shape overlay_step_shape() {
  static const std::vector<std::string> kTypes = [] {
    std::vector<std::string> types;
    for (const Field& field : step_shape().fields) {
      // What is merged by name loses a name the same way.
      std::string type(field.type);
      if (kMerged.count(field.key) > 0) type = replace_all(std::move(type), "map of ", "map of optional ");
      types.push_back(type + " or null");
    }
    return types;
  }();
  Shape shape = step_shape();
  shape.name = "overlay_step";
  shape.one_of.clear();
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    shape.fields[i].type = kTypes[i];
    shape.fields[i].needed = Needed::kNo;
  }
  std::erase_if(shape.fields, [](const Field& field) { return field.key == "id"; });
  return shape;
}

// A step keeps its id, whatever an overlay says.
N without_id(const N& step) {
  N out = step;
  std::erase_if(out.entries, [](const N::Entry& entry) { return entry.key->scalar == "id"; });
  return out;
}

void expect_mapping(C& c, const N& n, std::string_view key, std::string_view of) {
  c.expect(n, N::Kind::kMapping, key, "a mapping of " + std::string(of));
}

constexpr std::array<Row<Overlay>, 10> kOverlayRows = {{
    {"apiVersion", "assay/v1", Needed::kYes, "Version of the format", [](C&, const N&, Overlay&) {}},
    {"kind", "text", Needed::kYes, "What the file is", [](C&, const N&, Overlay&) {}},
    {"metadata", "mapping", Needed::kYes, "Name, version, summary",
     [](C& c, const N& n, Overlay& o) { read_metadata(c, n, o.metadata); }, &metadata_shape},
    {"recipe", "name", Needed::kNo, "Name of the recipe it is for; without it, any recipe",
     [](C& c, const N& n, Overlay& o) { assign(o.recipe, c.name(n, "a recipe")); }},
    {"params", "map of value", Needed::kNo, "Values of parameters: above profiles, below what is given to a run",
     [](C& c, const N& n, Overlay& o) { o.params = c.value_map(n, "params"); }},
    {"profiles", "map of optional map of value", Needed::kNo, "Profiles that are added or replaced",
     [](C& c, const N& n, Overlay&) { expect_mapping(c, n, "profiles", "names to parameter values"); }},
    {"pools", "map of optional int 1..1000000", Needed::kNo, "Pools that are added or replaced",
     [](C& c, const N& n, Overlay&) { expect_mapping(c, n, "pools", "names to numbers"); }},
    {"deadline", "duration", Needed::kNo, "Longest time of the whole run",
     [](C& c, const N& n, Overlay&) { c.duration(n, "deadline"); }},
    {"retry_budget", kRetryBudget, Needed::kNo, "Most attempts after the first that all steps of the run make together",
     [](C& c, const N& n, Overlay&) { c.integer(n, "retry_budget", kRetryBudget); }},
    {"steps", "map of mapping", Needed::kNo,
     "Keys of steps, by id: `env`, `with` and `outputs` are merged by name, all others replaced; null takes a key away",
     [](C& c, const N& n, Overlay&) {
       if (!c.expect(n, N::Kind::kMapping, "steps", "a mapping of step ids to their keys")) return;
       for (const N::Entry& entry : n.entries) {
         if (!c.expect(*entry.value, N::Kind::kMapping, entry.key->scalar, "a mapping of keys of the step")) continue;
         if (const N* id = entry.value->find("id"))
           c.error(Code::kBadValue, *id, "an overlay cannot give a step another id");
         check_keys(c, without_id(*entry.value), overlay_step_shape().fields, "a step");
       }
     },
     &overlay_step_shape},
}};

class Merge {
 public:
  Merge(YamlDocument& recipe, Diagnostics& problems) : recipe_(recipe), problems_(problems) {}

  std::vector<OverlaidValue> apply(const Overlay& overlay) {
    const N& changes = *overlay.document.root;
    N& root = copy_of(*recipe_.root);
    if (const N* steps = changes.find("steps"); steps != nullptr && steps->kind == N::Kind::kMapping) {
      for (const N::Entry& entry : steps->entries) patches_.emplace(entry.key->scalar, Patch{&entry});
      for (const char* list : {"steps", "handlers"})
        replace(root, list, [this](const N& all) { return steps_in(all); });
      for (const N::Entry& entry : steps->entries) {
        if (!patches_.at(entry.key->scalar).used) complain(*entry.key, overlay);
      }
    }
    N others = changes;
    std::erase_if(others.entries, [](const N::Entry& entry) {
      const std::string& key = entry.key->scalar;
      return key != "pools" && key != "profiles" && key != "deadline" && key != "retry_budget";
    });
    merge(root, others, {});
    recipe_.root = &root;
    return std::move(done_);
  }

 private:
  struct Patch {
    const N::Entry* entry;
    bool used = false;
  };

  N& copy_of(const N& node) { return recipe_.nodes->emplace_back(node); }

  // Puts another node in the place of root[key], if it is there.
  template <class Make>
  static void replace(N& node, std::string_view key, Make make) {
    for (N::Entry& entry : node.entries) {
      if (entry.key->scalar == key) entry.value = make(*entry.value);
    }
  }

  NodePtr steps_in(const N& list) {
    if (list.kind != N::Kind::kSequence) return &list;
    N& out = copy_of(list);
    for (NodePtr& item : out.items) item = step(*item);
    return &out;
  }

  NodePtr step(const N& node) {
    const N* id = node.kind == N::Kind::kMapping ? node.find("id") : nullptr;
    if (id == nullptr) return &node;
    ids_.push_back(id->scalar);
    N& out = copy_of(node);
    replace(out, "block", [this](const N& block) -> NodePtr {
      if (block.kind != N::Kind::kMapping) return steps_in(block);
      N& parts = copy_of(block);
      for (const char* part : {"steps", "rescue", "always"})
        replace(parts, part, [this](const N& all) { return steps_in(all); });
      return &parts;
    });
    if (const auto patch = patches_.find(id->scalar); patch != patches_.end()) {
      patch->second.used = true;
      const N changes = without_id(*patch->second.entry->value);
      if (changes.kind == N::Kind::kMapping && keeps_its_action(out, changes)) merge(out, changes, id->scalar);
    }
    return &out;
  }

  bool keeps_its_action(const N& step, const N& changes) {
    for (const N::Entry& change : changes.entries) {
      const std::string& key = change.key->scalar;
      // A step keeps the kind of work it does; the work itself may change.
      const auto actions = step_actions();
      if (std::find(actions.begin(), actions.end(), key) == actions.end()) continue;
      const bool has_it = step.find(key) != nullptr;
      if (has_it && change.value->kind != N::Kind::kNull) continue;
      problems_.add({.code = Code::kBadValue,
                     .where = change.key->span(),
                     .message = has_it ? "an overlay cannot take the action '" + key + "' away"
                                       : "an overlay cannot give the step the action '" + key + "': it has another",
                     .help = "leave the step out with `if: false`, or change the recipe"});
      return false;
    }
    return true;
  }

  // `prefix`: "env." inside a mapping that is merged by name.
  void merge(N& into, const N& changes, const std::string& id, const std::string& prefix = {}) {
    for (const N::Entry& change : changes.entries) {
      const std::string& key = change.key->scalar;
      const auto old = std::find_if(into.entries.begin(), into.entries.end(),
                                    [&](const N::Entry& entry) { return entry.key->scalar == key; });
      const bool there = old != into.entries.end();
      if (prefix.empty() && kMerged.count(key) > 0 && there && change.value->kind == N::Kind::kMapping &&
          old->value->kind == N::Kind::kMapping) {
        N& inner = copy_of(*old->value);
        merge(inner, *change.value, id, key + '.');
        old->value = &inner;
        continue;
      }
      if (change.value->kind == N::Kind::kNull) {
        if (there) {
          into.entries.erase(old);
        } else {
          problems_.add({.code = Code::kUnknownKey,
                         .where = change.key->span(),
                         .message = "there is no '" + prefix + key + "' to take away" +
                                    (id.empty() ? "" : " from step '" + id + "'"),
                         .help = "leave it out, or give it a value"});
          continue;
        }
      } else if (there) {
        *old = change;
      } else {
        into.entries.push_back(change);
      }
      done_.push_back({id, prefix + key, change.key->span()});
    }
  }

  void complain(const N& id, const Overlay& overlay) {
    problems_.add({.code = Code::kUnknownStep,
                   .where = id.span(),
                   .message = "the overlay '" + overlay.metadata.name + "' changes a step '" + id.scalar +
                              "' that the recipe does not have",
                   .help = did_you_mean(id.scalar, ids_)});
  }

  YamlDocument& recipe_;
  Diagnostics& problems_;
  std::map<std::string, Patch, std::less<>> patches_;  // by step id
  std::vector<std::string> ids_;                       // of the recipe, for suggestions
  std::vector<OverlaidValue> done_;
};

}  // namespace

ReadResult<Overlay> read_overlay(std::string text, std::string name, const std::filesystem::path& path) {
  ReadResult<Overlay> result;
  Overlay overlay;
  overlay.path = path;
  overlay.document = parse_yaml(std::move(text), std::move(name));
  result.problems = std::move(overlay.document.problems);
  if (overlay.document.root == nullptr) return result;
  ReadContext context(result.problems);
  const bool is_overlay = check_header(context, *overlay.document.root, "Overlay");
  if (is_overlay) {
    read_mapping<Overlay>(context, *overlay.document.root, std::span<const Row<Overlay>>(kOverlayRows), "an overlay",
                          overlay);
  }
  result.problems.sort();
  if (!is_overlay) return result;
  (result.problems.has_errors() ? result.partial : result.value) = std::move(overlay);
  return result;
}

Diagnostics overlay_problems(FileText file) {
  return read_overlay(std::move(file.text), std::move(file.name), file.path).problems;
}

std::vector<OverlaidValue> apply_overlay(const Overlay& overlay, YamlDocument& recipe, Diagnostics& problems) {
  if (recipe.root == nullptr || recipe.root->kind != N::Kind::kMapping) return {};
  const N* metadata = recipe.root->find("metadata");
  const N* name = metadata != nullptr && metadata->kind == N::Kind::kMapping ? metadata->find("name") : nullptr;
  if (!overlay.recipe.text.empty() && name != nullptr && name->scalar != overlay.recipe.text) {
    problems.add(
        {.code = Code::kBadValue,
         .where = overlay.recipe.where,
         .message = "the overlay is for the recipe '" + overlay.recipe.text + "', this one is '" + name->scalar + "'"});
    return {};
  }
  return Merge(recipe, problems).apply(overlay);
}

Shape overlay_shape() { return make_shape<Overlay>("overlay", std::span<const Row<Overlay>>(kOverlayRows)); }

}  // namespace assay::recipe
