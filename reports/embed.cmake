# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=templates -DOUT=assets.cpp -P embed.cmake: the texts of reports/assets.h as raw string literals.
# Each literal is cut into pieces, because compilers need only accept 64 KiB in one.
function(literal out file)
  file(READ "${file}" text)
  string(LENGTH "${text}" length)
  set(result "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND result "\nR\"assay_asset(${piece})assay_asset\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

literal(template "${FOLDER}/report.html.mustache")
literal(style "${FOLDER}/report.css")
file(WRITE "${OUT}" "// Made from templates/ by reports/embed.cmake.
#include \"reports/assets.h\"

namespace assay::reports {

const std::string_view kReportTemplate = ${template};
const std::string_view kReportStyle = ${style};

}  // namespace assay::reports
")
