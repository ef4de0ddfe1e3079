# What the program does with each kind of file: its exit status, and the lines that say so.
#
# kvstore_test(name FILE file STATUS exit-status OUTPUT regular-expression)
function(kvstore_test name)
  cmake_parse_arguments(arg "" "FILE;STATUS;OUTPUT" "" ${ARGN})
  add_test(NAME kvstore_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:kvstore> -D FILE=${arg_FILE} -D STATUS=${arg_STATUS}
                   -D OUTPUT=${arg_OUTPUT} -P ${CMAKE_CURRENT_SOURCE_DIR}/run_and_compare.cmake)
  set_tests_properties(kvstore_${name} PROPERTIES TIMEOUT 120)
endfunction()

set(same "compared .*every byte is the same.*status is \"compared\".*50 %.*hypervisor +[1-9]")

file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty "")
string(REPEAT "a long line without an end " 10000 long_line)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/long_line "first\n${long_line}")

kvstore_test(brings_back_a_text_file FILE ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp STATUS 0 OUTPUT ${same})
kvstore_test(brings_back_a_binary_file FILE $<TARGET_FILE:kvstore_schema> STATUS 0 OUTPUT ${same})
kvstore_test(brings_back_an_empty_file FILE ${CMAKE_CURRENT_BINARY_DIR}/empty STATUS 0 OUTPUT ${same})
kvstore_test(brings_back_lines_of_any_length FILE ${CMAKE_CURRENT_BINARY_DIR}/long_line STATUS 0 OUTPUT ${same})
kvstore_test(says_that_there_is_no_file FILE /no/such/file STATUS 1
             OUTPUT "^kvstore: /no/such/file: No such file or directory\n$")
kvstore_test(says_that_it_is_a_folder FILE ${CMAKE_CURRENT_SOURCE_DIR} STATUS 1
             OUTPUT "^kvstore: [^\n]*: not a regular file\n$")
