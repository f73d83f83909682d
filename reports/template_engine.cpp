// SPDX-License-Identifier: Apache-2.0
#include "reports/template_engine.h"

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reports/escape.h"

namespace assay::reports {

namespace {

namespace mustache = kainjow::mustache;

mustache::data convert(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object: {
      if (value.empty()) return mustache::data(false);
      mustache::data object{mustache::data::type::object};
      for (const auto& [key, member] : value.items()) object[key] = convert(member);
      return object;
    }
    case Json::value_t::array: {
      mustache::data list{mustache::data::type::list};
      for (const Json& item : value) list.push_back(convert(item));
      return list;
    }
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return text.empty() ? mustache::data(false) : mustache::data(text);
    }
    case Json::value_t::boolean: return mustache::data(value.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return mustache::data(value.dump());
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  return mustache::data(false);
}

}  // namespace

std::string render_template(std::string_view text, const Json& data) {
  mustache::mustache page{std::string(text)};
  page.set_custom_escape([](const std::string& value) { return escape_markup(value); });
  std::string out = page.is_valid() ? page.render(convert(data)) : std::string();
  if (!page.is_valid()) throw std::logic_error("template: " + page.error_message());
  return out;
}

}  // namespace assay::reports
