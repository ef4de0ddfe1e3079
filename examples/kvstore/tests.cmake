# What the program does with each kind of file: its exit status, and the lines that say so.
#
# kvstore_test(name FILE file STATUS exit-status OUTPUT regular-expression [OPTIONS option...])
function(kvstore_test name)
  cmake_parse_arguments(arg "" "FILE;STATUS;OUTPUT" "OPTIONS" ${ARGN})
  add_test(NAME kvstore_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:kvstore> -D FILE=${arg_FILE} -D STATUS=${arg_STATUS}
                   -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}" -P ${CMAKE_CURRENT_SOURCE_DIR}/run_and_compare.cmake)
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

# Who may do what.
set(file ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
kvstore_test(lets_readers_follow_and_not_write FILE ${file} STATUS 0 OPTIONS --readers 3,4
             OUTPUT "domain 3 is told: status is \"compared\".*the store says: domain 3 may read .*, but not put: .*the store says: domain 4 may read .*hypervisor +[1-9]")
kvstore_test(lets_another_writer_load FILE ${file} STATUS 0 OPTIONS --writers 2,5 --domain 5 OUTPUT ${same})
kvstore_test(says_what_a_reader_may_not FILE ${file} STATUS 1 OPTIONS --readers 3 --domain 3
             OUTPUT "kvstore: domain 3 may read this store and follow its keys, but not put: [^\n]*\n$")
kvstore_test(says_who_may_do_nothing FILE ${file} STATUS 1 OPTIONS --domain 9
             OUTPUT "kvstore: domain 9 may not use this store: [^\n]*\n$")
kvstore_test(does_not_serve_its_own_domain FILE ${file} STATUS 105 OPTIONS --domain 1 OUTPUT "--domain: ")
kvstore_test(has_no_readers_in_its_own_domain FILE ${file} STATUS 105 OPTIONS --readers 3,1 OUTPUT "domain 1 has the store")

# The two ends apart.
roles_tests(kvstore CONNECT ${file})
roles_test(kvstore NAME loads_no_file_as_a_service STATUS 108 OPTIONS --serve ${file} OUTPUT "--serve excludes FILE")
roles_test(kvstore NAME needs_a_file_to_load STATUS 106 OPTIONS --connect 3 OUTPUT "FILE is required")
roles_test(kvstore NAME gives_no_rights_as_a_client STATUS 108 OPTIONS --connect 3 ${file} --readers 4
           OUTPUT "--connect excludes --readers")
roles_test(kvstore NAME cannot_choose_its_domain_as_a_client STATUS 108 OPTIONS --connect 3 ${file} --domain 4
           OUTPUT "--connect excludes --domain")
set(compared "compared .*every byte is the same.*status is \"compared\".*round trip  100 calls")
both_ends_test(kvstore NAME loads_from_one_domain_after_the_other STATUS 0
               ENDS --serve --writers 4,5 --and --connect 3 --calls 100 ${file} --and --connect 3 --calls 100 ${file}
               OUTPUT "^serving as domain 3\n.*${compared}.*${compared}[^\n]*\n$")
both_ends_test(kvstore NAME lets_nobody_write_who_was_not_named STATUS 1 ENDS --serve --and --connect 3 ${file}
               OUTPUT "\nkvstore: v4v domain 3 port 5000: [^\n]*domain 4 may read this store and follow its keys, but not put")
both_ends_test(kvstore NAME lets_only_readers_read_if_they_are_named STATUS 1
               ENDS --serve --readers 9 --and --connect 3 ${file}
               OUTPUT "\nkvstore: v4v domain 3 port 5000: [^\n]*domain 4 may not use this store: ")
both_ends_test(kvstore NAME says_who_is_not_there STATUS 1 ENDS --serve --and --connect 7 ${file}
               OUTPUT "\nkvstore: v4v domain 7 port 5000: [^\n]*Connection refused[^\n]*; the service is started in domain 7 by: kvstore --serve --writers DOMAIN")

v4v_test(kvstore_access_tests SOURCES access_tests.cpp access.cpp store.cpp DEPENDS v4v::rpc kvstore_schema fmt::fmt)
target_compile_options(kvstore_access_tests PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>)
