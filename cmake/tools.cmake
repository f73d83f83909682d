# SPDX-License-Identifier: Apache-2.0
# Tools that make builds faster when they are there, and the warnings and sanitizers of our own code.

find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${ASSAY_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ASSAY_CCACHE}")
endif()
find_program(ASSAY_MOLD mold)
if(ASSAY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(assay_warnings INTERFACE)
# Designated initialisers name what differs from the defaults; that the rest is left out is their point.
target_compile_options(assay_warnings INTERFACE -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
# False positives of GCC 12 in optimised builds: Asio's own pair of aligned_alloc and free in coroutine frames, and
# std::string joined from literals.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(assay_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
# Of files that are compiled together: what a .cpp file keeps to itself looks like a part of a header.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(assay_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
endif()
if(ASSAY_DEVELOPER)
  target_compile_options(assay_warnings INTERFACE -Wshadow -Wconversion -Wnon-virtual-dtor
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast> -Werror)
endif()

if(ASSAY_SANITIZE)
  add_compile_options(-fsanitize=${ASSAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Clang 14 cannot write what this check wants before a coroutine ("cannot represent a difference across sections").
    add_compile_options(-fno-sanitize=function)
  endif()
  add_link_options(-fsanitize=${ASSAY_SANITIZE})
endif()
