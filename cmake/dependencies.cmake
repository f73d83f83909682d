# SPDX-License-Identifier: Apache-2.0
# Every library of the build. All are Debian 12 packages; `./assayw` installs them, docs/dependencies.md says why each.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)

# assay_pkg(TARGET PKG_CONFIG_NAME DEBIAN_PACKAGE): an imported target, or a message that says what to install.
function(assay_pkg target module package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module})
  if(NOT ${target}_FOUND)
    message(FATAL_ERROR "${module} not found: apt-get install ${package}")
  endif()
  add_library(dep::${target} ALIAS PkgConfig::${target})
endfunction()
assay_pkg(yaml_cpp yaml-cpp libyaml-cpp-dev)
assay_pkg(re2 re2 libre2-dev)
assay_pkg(hwloc hwloc libhwloc-dev)
assay_pkg(pugixml pugixml libpugixml-dev)
assay_pkg(git2 libgit2 libgit2-dev)
assay_pkg(sodium libsodium libsodium-dev)

# assay_header_only(TARGET HEADER DEBIAN_PACKAGE)
function(assay_header_only target header package)
  find_path(${target}_INCLUDE_DIR ${header})
  if(NOT ${target}_INCLUDE_DIR)
    message(FATAL_ERROR "${header} not found: apt-get install ${package}")
  endif()
  add_library(dep_${target} INTERFACE)
  target_include_directories(dep_${target} SYSTEM INTERFACE ${${target}_INCLUDE_DIR})
  add_library(dep::${target} ALIAS dep_${target})
endfunction()
assay_header_only(expected tl/expected.hpp libexpected-dev)
assay_header_only(json nlohmann/json.hpp nlohmann-json3-dev)
assay_header_only(cli11 CLI/CLI.hpp libcli11-dev)
assay_header_only(mustache kainjow/mustache.hpp libkainjow-mustache-dev)

# Asio and Process v2 are used header-only and with the standard library's file system.
add_library(dep_boost INTERFACE)
target_include_directories(dep_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(dep_boost INTERFACE BOOST_PROCESS_USE_STD_FS BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(dep_boost INTERFACE Threads::Threads)
add_library(dep::boost ALIAS dep_boost)
