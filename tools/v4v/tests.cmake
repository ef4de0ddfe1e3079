# v4v_tool_test(name STATUS exit-status OUTPUT regular-expression OPTIONS option...): what the program says
# where there is no hypervisor.
function(v4v_tool_test name)
  cmake_parse_arguments(arg "" "STATUS;OUTPUT" "OPTIONS" ${ARGN})
  add_test(NAME v4v_tool_${name}
           COMMAND ${CMAKE_COMMAND} -E env --unset=V4V_LINK
                   ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:v4v_tool> -D INPUT=/dev/null -D STATUS=${arg_STATUS}
                   -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}"
                   -P ${PROJECT_SOURCE_DIR}/examples/run_with_input.cmake)
  set_tests_properties(v4v_tool_${name} PROPERTIES TIMEOUT 60)
endfunction()

v4v_tool_test(teaches_what_it_can STATUS 0 OPTIONS --help
              OUTPUT "^Administers V4V .*\n  info .*\n  rules .*\n  limits .*Exit status: ")
v4v_tool_test(teaches_what_an_address_is STATUS 0 OPTIONS rules --help
              OUTPUT "An address is DOMAIN:PORT.*\n  list .*\n  add .*\n  del .*\n  flush ")
v4v_tool_test(teaches_how_to_add_a_rule STATUS 0 OPTIONS rules add --help
              OUTPUT "ACTION.*FROM.*TO.*--at .*v4v rules add accept 3:any 1:5000\n")
v4v_tool_test(teaches_the_limits_that_a_new_domain_has STATUS 0 OPTIONS limits --help
              OUTPUT "--rings N=128 .*--vectors N=128 .*--entries N=256 .*--bytes N=33554432 ")
v4v_tool_test(expects_a_command STATUS 106 OPTIONS "" OUTPUT "^A subcommand is required\n")
v4v_tool_test(expects_a_command_about_rules STATUS 106 OPTIONS rules OUTPUT "^A subcommand is required\n")
v4v_tool_test(says_which_word_it_does_not_know STATUS 109 OPTIONS inform
              OUTPUT "^The following argument was not expected: inform\n")
v4v_tool_test(says_which_word_about_rules_it_does_not_know STATUS 109 OPTIONS rules remove
              OUTPUT "^The following argument was not expected: remove\n")

if(NOT EXISTS /dev/xen/privcmd)
  v4v_tool_test(says_that_there_is_no_hypervisor STATUS 1 OPTIONS info
                OUTPUT "^v4v: no hypervisor with V4V is found: looked for Xen's /dev/xen/privcmd [^\n]*\n$")
endif()

v4v_test(v4v_tool_tests SOURCES command_line_tests.cpp address_tests.cpp address.cpp command_line.cpp report.cpp
         DEPENDS v4v::transport CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json)
