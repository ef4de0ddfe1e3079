# roles_test(program NAME name [LINK link] STATUS exit-status OUTPUT regular-expression [OPTIONS option...]): what
# a program says to those options, with V4V_LINK set to that, or to nothing, and no input.
function(roles_test program)
  cmake_parse_arguments(arg "" "NAME;LINK;STATUS;OUTPUT" "OPTIONS" ${ARGN})
  add_test(NAME ${program}_${arg_NAME}
           COMMAND ${CMAKE_COMMAND} -E env V4V_LINK=${arg_LINK} ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${program}>
                   -D INPUT=/dev/null -D STATUS=${arg_STATUS} -D "OUTPUT=${arg_OUTPUT}" -D "OPTIONS=${arg_OPTIONS}"
                   -P ${PROJECT_SOURCE_DIR}/examples/run_with_input.cmake)
  set_tests_properties(${program}_${arg_NAME} PROPERTIES TIMEOUT 60)
endfunction()

# What all programs with roles have in common. Options are those without which the program takes neither role. No
# machine has a hypervisor of that name, so nothing is served, and nobody found.
#
# roles_tests(program [SERVE option...] [CONNECT option...])
function(roles_tests program)
  cmake_parse_arguments(arg "" "" "SERVE;CONNECT" ${ARGN})
  if(NOT arg_SERVE)
    set(arg_SERVE --serve)
  endif()
  roles_test(${program} NAME tells_of_its_roles STATUS 0 OPTIONS --help OUTPUT "--serve.*--connect DOMAIN")
  roles_test(${program} NAME wants_a_role_where_it_is_told_of_a_hypervisor LINK xen STATUS 106 OPTIONS ${arg_CONNECT}
             OUTPUT "V4V_LINK is \"xen\".*--serve or --connect DOMAIN, is required")
  roles_test(${program} NAME is_one_end_only STATUS 108 OPTIONS ${arg_SERVE} --connect 3 OUTPUT "--serve excludes --connect")
  roles_test(${program} NAME connects_to_domains_that_can_be STATUS 105 OPTIONS --connect 40000 ${arg_CONNECT}
             OUTPUT "--connect: ")
  roles_test(${program} NAME does_not_serve_without_a_hypervisor LINK none-of-that-name STATUS 1 OPTIONS ${arg_SERVE}
             OUTPUT "(^|\n)[a-z0-9-]+: [^\n]+\n$")
  roles_test(${program} NAME does_not_connect_without_a_hypervisor LINK none-of-that-name STATUS 1
             OPTIONS --connect 3 ${arg_CONNECT} OUTPUT "(^|\n)[a-z0-9-]+: [^\n]+\n$")
endfunction()

# both_ends_test(program NAME name [INPUT lines] STATUS exit-status OUTPUT regular-expression ENDS option... --and option...):
# the program as a service, and then as each of the clients, all in one process (see ends_in_one_process.cpp).
function(both_ends_test program)
  cmake_parse_arguments(arg "" "NAME;INPUT;STATUS;OUTPUT" "ENDS" ${ARGN})
  if(NOT TARGET ${program}_ends)
    add_executable(${program}_ends ${PROJECT_SOURCE_DIR}/roles/ends_in_one_process.cpp $<TARGET_OBJECTS:${program}>)
    v4v_own(${program}_ends)
    target_link_options(${program}_ends PRIVATE -Wl,--wrap=main -Wl,--wrap=_ZN3v4v9open_linkEv)
    get_target_property(libraries ${program} LINK_LIBRARIES)
    target_link_libraries(${program}_ends PRIVATE ${libraries})
  endif()
  set(input ${CMAKE_CURRENT_BINARY_DIR}/${program}_${arg_NAME}.txt)
  file(WRITE ${input} "${arg_INPUT}")
  add_test(NAME ${program}_${arg_NAME}
           COMMAND ${CMAKE_COMMAND} -E env V4V_LINK= ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${program}_ends>
                   -D INPUT=${input} -D STATUS=${arg_STATUS} -D "OUTPUT=${arg_OUTPUT}" -D "OPTIONS=${arg_ENDS}"
                   -P ${PROJECT_SOURCE_DIR}/examples/run_with_input.cmake)
  set_tests_properties(${program}_${arg_NAME} PROPERTIES TIMEOUT 60)
endfunction()
