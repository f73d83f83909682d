# SPDX-License-Identifier: Apache-2.0
# assay_module(NAME FOLDER SOURCES … [USES module …] [LIBRARIES target …] [PUBLIC_LIBRARIES target …])
#
# One folder is one static library is one job. A module sees its own headers and those of the modules it names in USES
# (and what those use), and no others: each module has an include root of its own that holds one link, to its folder.
# Including "engine/run/…" from engine/plan therefore does not compile: there is no such file.
function(assay_module name folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBRARIES;PUBLIC_LIBRARIES" ${ARGN})
  set(root "${PROJECT_BINARY_DIR}/include/${name}")
  get_filename_component(parent "${root}/${folder}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${root}/${folder}" SYMBOLIC)
  add_library(assay_${name} STATIC ${ARG_SOURCES})
  target_include_directories(assay_${name} PUBLIC "${root}")
  list(TRANSFORM ARG_USES PREPEND assay_)
  target_link_libraries(assay_${name} PUBLIC ${ARG_USES} ${ARG_PUBLIC_LIBRARIES} PRIVATE assay_warnings ${ARG_LIBRARIES})
endfunction()
