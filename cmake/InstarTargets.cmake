# Targets of one kind are made in one place, so that warnings, sanitizers and include roots are the same everywhere.

add_library(instar_options INTERFACE)
target_compile_options(instar_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion
  $<$<BOOL:${INSTAR_WERROR}>:-Werror>
  # g++ 12 sees overlapping copies in `"text" + std::string` where there are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # One binary must give the same numbers on every x86-64: no contraction chosen by the compiler.
  -ffp-contract=off)
if(INSTAR_SANITIZE)
  # A finding is the end: going on after it is much of what compiling the checks costs.
  target_compile_options(instar_options INTERFACE
    -fsanitize=${INSTAR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(instar_options INTERFACE -fsanitize=${INSTAR_SANITIZE})
  # The checks of every pointer before every use cost a third of the compilation of Eigen's templates. A null pointer that
  # is used ends the process anyway; misaligned ones come of casts of foreign bytes, in core and io.
  if(INSTAR_SANITIZE MATCHES "undefined")
    target_compile_options(instar_options INTERFACE
      $<$<NOT:$<IN_LIST:$<TARGET_PROPERTY:NAME>,instar_core$<SEMICOLON>instar_io>>:-fno-sanitize=null,alignment>)
  endif()
endif()

# Half of a build is reading the same headers again: they are read once. Compiler caches (ccache as launcher) do better
# without, and show where a file does not include what it uses.
set(headers_are_precompiled ON)
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(headers_are_precompiled OFF)
endif()
option(INSTAR_PRECOMPILED_HEADERS "Read the standard library's and Eigen's headers once for all targets" ${headers_are_precompiled})
if(INSTAR_PRECOMPILED_HEADERS)
  # g++ 12 forgets that they are the system's, and reports overruns that it sees in its own strings (as GCC bug 105651).
  target_compile_options(instar_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds>)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/headers.cpp CONTENT "")
  add_library(instar_headers OBJECT ${PROJECT_BINARY_DIR}/generated/headers.cpp)
  target_link_libraries(instar_headers PRIVATE instar_options Eigen3::Eigen)
  target_precompile_headers(instar_headers PRIVATE <algorithm> <array> <cmath> <cstdint> <filesystem> <fstream> <functional>
    <iostream> <limits> <map> <memory> <numeric> <optional> <span> <sstream> <string> <string_view> <utility> <vector>
    <Eigen/Core>)
endif()
# A module or a program is compiled in a few pieces: most of the work on one file is on the templates of Eigen and of the
# standard library, which files have in common. Where a cache of objects is in use, or a developer says so
# (-DCMAKE_UNITY_BUILD=OFF), file by file, so that a change compiles little. So are builds
# with sanitizers: what these add takes longer to compile in one piece.
if(NOT DEFINED CMAKE_UNITY_BUILD AND NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT INSTAR_SANITIZE)
  set(CMAKE_UNITY_BUILD ON)
endif()
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
endif()
if(CMAKE_UNITY_BUILD)
  # Names of one file are then in a file that includes it.
  target_compile_options(instar_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
# Files that Highway compiles once for every kind of processor stay alone.
function(instar_alone)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} dispatched REGEX "foreach_target" LIMIT_COUNT 1)
    if(dispatched)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

function(instar_precompiled_headers target)
  if(INSTAR_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM instar_headers)
  endif()
endfunction()

# instar_module(NAME [PUBLIC lib...] [PRIVATE lib...]): the library lib/NAME, one static target instar_NAME.
# Every .cpp in the folder belongs to it.
function(instar_module name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/${name}/*.cpp)
  if(sources)
    add_library(instar_${name} STATIC ${sources})
    instar_alone(${sources})
    target_include_directories(instar_${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(instar_${name} PUBLIC ${ARG_PUBLIC} PRIVATE instar_options ${ARG_PRIVATE})
    instar_precompiled_headers(instar_${name})
  else()
    add_library(instar_${name} INTERFACE)
    target_include_directories(instar_${name} INTERFACE ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(instar_${name} INTERFACE ${ARG_PUBLIC})
  endif()
endfunction()
