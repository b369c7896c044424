# The pages' templates live as files and travel inside the library: one array of bytes for each, made at build.
#
# instar_embed(TARGET HEADER FUNCTION FILE...): adds to TARGET a source that defines
# `std::string_view FUNCTION(std::string_view name)`, declared in HEADER. As a script (cmake -P) it writes that source.
if(CMAKE_SCRIPT_MODE_FILE)
  set(arrays "")
  set(branches "")
  set(number 0)
  foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char kFile${number}[] = {${bytes}'\\0'};\n")
    string(APPEND branches "  if (name == \"${name}\") return {kFile${number}, sizeof kFile${number} - 1};\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\n#include <stdexcept>\n#include <string>\n\nnamespace {\n${arrays}}  // namespace\n\n"
    "std::string_view ${FUNCTION}(std::string_view name) {\n${branches}  throw std::out_of_range(std::string(name));\n}\n")
  return()
endif()

set(INSTAR_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(instar_embed target header function)
  set(output ${PROJECT_BINARY_DIR}/generated/${target}_assets.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${ARGN}" -DHEADER=${header} -DFUNCTION=${function} -DOUTPUT=${output}
      -P ${INSTAR_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${INSTAR_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
  # Where nothing is built (static analysis) the other files do without it.
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
