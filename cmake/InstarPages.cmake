# instar_pages(TOOL...): manual pages, pages of the documentation (Markdown) and shell completions, printed by the built
# tools themselves from their flag tables and installed beside them. (A cross build, whose tools do not run here, sets INSTAR_PAGES off.)
option(INSTAR_PAGES "Make manual pages, pages of the documentation and shell completions with the built tools" ON)

function(instar_pages)
  if(NOT INSTAR_PAGES)
    return()
  endif()
  set(share ${PROJECT_BINARY_DIR}/share)
  # What bash, zsh and fish look for, by the names they expect.
  set(man_folder man/man1)
  set(bash_folder bash-completion/completions)
  set(zsh_folder zsh/site-functions)
  set(fish_folder fish/vendor_completions.d)
  set(markdown_folder doc/instar/tools)
  set(kinds man bash zsh fish markdown)
  foreach(kind IN LISTS kinds)
    file(MAKE_DIRECTORY ${share}/${${kind}_folder})
  endforeach()
  foreach(tool IN LISTS ARGN)
    set(man_name ${tool}.1)
    set(bash_name ${tool})
    set(zsh_name _${tool})
    set(fish_name ${tool}.fish)
    set(markdown_name ${tool}.md)
    foreach(kind IN LISTS kinds)
      set(page ${share}/${${kind}_folder}/${${kind}_name})
      # Into a temporary first: a tool that fails must not leave an empty page that looks made.
      add_custom_command(OUTPUT ${page}
        COMMAND ${tool} --generate ${kind} > ${page}.part
        COMMAND ${CMAKE_COMMAND} -E rename ${page}.part ${page}
        DEPENDS ${tool} VERBATIM)
      list(APPEND pages ${page})
      install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DATADIR}/${${kind}_folder})
    endforeach()
  endforeach()
  add_custom_target(pages ALL DEPENDS ${pages})
endfunction()
