// SPDX-License-Identifier: Apache-2.0
// The layout of a YAML text: its tokens with the comments and empty lines before each. The parser drops these, so the
// text between the places of its nodes is looked through again; the tree says what must come next.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/recipe/yaml.h"

namespace assay::recipe {

struct YamlComment {
  std::string_view text;     // from '#' on, without spaces at the end
  std::uint32_t column = 0;  // columns of a terminal before it on its line
  bool alone = false;        // nothing but space before it on its line
  bool blank_before = false;
};

// A document is: directive* [document_start] node end
//   node       anchor? (alias | empty | plain | single | double | header body | list | mapping)
//   list       block_list (dash node)* close   or   flow_list (node | pair key colon node close)* flow_close
//   mapping    block_mapping (key colon node)* close   or   flow_mapping (key colon node)* flow_close
//   key        anchor? (alias | plain | single | double), on one line
struct YamlToken {
  enum class Kind : std::uint8_t {
    kDirective,
    kDocumentStart,
    kAnchor,
    kAlias,
    kPlain,
    kSingle,
    kDouble,
    kHeader,  // of block text: "|-"
    kBody,
    kFlowList,
    kFlowMapping,
    kFlowClose,
    kDash,
    // Without text and comments:
    kEmpty,
    kBlockList,
    kBlockMapping,
    kPair,
    kClose,
    kColon,
    kEnd,  // takes the comments at the end of the file
  };

  Kind kind = Kind::kEnd;
  bool blank_before = false;   // an empty line right before it
  bool one_line = true;        // kFlowList, kFlowMapping: closed on the line that opens it; kBody: ends with a line end
  std::uint32_t comments = 0;  // how many stand before it: Layout::comments[first_comment …]
  std::uint32_t first_comment = 0;
  std::uint32_t column = 0;  // block collections: of their entries; kBody: how far its lines are indented; from 0
  std::uint32_t link = 0;    // kFlowList, kFlowMapping: index of their kFlowClose
  std::string_view text;
};

struct YamlLayout {
  std::vector<YamlToken> tokens;  // the last is kEnd
  std::vector<YamlComment> comments;
};

// Of a document that was read without problems; views point into its source text, which has no '\r'. Error: Y005.
Result<YamlLayout> scan_layout(const YamlDocument& document);

}  // namespace assay::recipe
