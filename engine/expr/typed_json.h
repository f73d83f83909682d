// SPDX-License-Identifier: Apache-2.0
// Values together with their types in JSON, for programs that talk to `assay eval` (docs/formats.md):
// {"type": T, "value": V}. Nothing is lost: 64-bit numbers are decimal texts, maps keep the types of their keys.
#pragma once

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/expr/type.h"
#include "engine/expr/value.h"

namespace assay::expr {

// int and uint as decimal texts; double as a number or "NaN", "Infinity", "-Infinity"; bytes as base64; list as an
// array of typed values, map as an array of [typed key, typed value]; timestamp as RFC 3339, duration as "1.5s", type
// as its name, null as null, optional as a typed value or null, quantity as {"value": number, "unit": text}.
Json to_typed_json(const Value& value);

// The same where to_json() alone would lose something: a duration would come back as a text. Else null.
Json typed_json_where_needed(const Value& value);

// The reverse. Also takes int and uint as JSON numbers, types with their parts ("list(int)") and the short names
// timestamp and duration. Errors (E009) name the part that is wrong.
Result<Value> from_typed_json(const Json& json);

// The type a checker may assume of a value: "list(int)" where all elements are int, "list(dyn)" where they differ.
Type type_of(const Value& value);

}  // namespace assay::expr
