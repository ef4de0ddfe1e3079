# echo_test(name INPUT lines STATUS exit-status OUTPUT regular-expression [OPTIONS option...])
function(echo_test name)
  cmake_parse_arguments(arg "" "INPUT;STATUS;OUTPUT" "OPTIONS" ${ARGN})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.txt "${arg_INPUT}")
  add_test(NAME echo_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:echo> -D INPUT=${CMAKE_CURRENT_BINARY_DIR}/${name}.txt
                   -D STATUS=${arg_STATUS} -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}"
                   -P ${CMAKE_CURRENT_SOURCE_DIR}/../run_with_input.cmake)
  set_tests_properties(echo_${name} PROPERTIES TIMEOUT 60)
endfunction()

echo_test(brings_back_what_was_said INPUT "one\ntwo\n" STATUS 0 OUTPUT "domain 2 has connected\n.*one\ntwo\n$")
echo_test(brings_back_a_byte INPUT "" STATUS 0 OPTIONS --bytes 1
          OUTPUT "\n1 bytes there and back in [^\n]+ s: every byte is the same\n$")
# More than the rings and the buffers of both ends hold.
echo_test(brings_back_more_than_the_rings_hold INPUT "" STATUS 0 OPTIONS --bytes 10000001
          OUTPUT "\n10000001 bytes there and back in [^\n]+ s: every byte is the same\n$")
echo_test(sends_no_fewer_bytes_than_one INPUT "" STATUS 105 OPTIONS --bytes 0 OUTPUT "--bytes: ")
echo_test(has_nothing_to_send_as_a_service INPUT "" STATUS 108 OPTIONS --serve --bytes 1 OUTPUT "--serve excludes --bytes")
roles_tests(echo)
both_ends_test(echo NAME serves_one_client_after_the_other INPUT "one\ntwo\n" STATUS 0
               ENDS --serve --and --connect 3 --and --connect 3 --bytes 1000001
               OUTPUT "^serving as domain 3\n.*one\ntwo\n.*1000001 bytes there and back .*the same\n")
both_ends_test(echo NAME says_who_is_not_there STATUS 1 ENDS --serve --and --connect 7
               OUTPUT "\necho: domain 7 port 5000: Connection refused; the service is started in domain 7 by: echo --serve\n$")
