# Each scenario is a function in scenarios.cmake, run in a folder of its own.
foreach(scenario
    copies_a_file
    copies_an_empty_file
    puts_the_file_into_a_folder
    goes_on_after_it_was_killed
    keeps_the_old_file_until_the_new_one_is_there
    starts_again_when_the_source_has_changed
    starts_again_when_the_source_has_become_shorter
    says_how_far_it_came_when_the_disk_is_full
    refuses_a_second_transfer_to_the_same_file
    prints_one_line_for_scripts
    prints_nothing_when_quiet
    says_that_there_is_no_source
    says_that_there_is_no_folder
    says_that_the_source_is_no_file
    says_that_both_are_the_same_file
    does_not_take_a_name_of_a_part)
  add_test(NAME filetransfer_${scenario}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:filetransfer> -D SCENARIO=${scenario}
                   -D FOLDER=${CMAKE_CURRENT_BINARY_DIR}/${scenario} -P ${CMAKE_CURRENT_SOURCE_DIR}/scenarios.cmake)
  set_tests_properties(filetransfer_${scenario} PROPERTIES TIMEOUT 120)
endforeach()

# Sanitizers keep memory that was freed.
if(NOT V4V_SANITIZE)
  add_test(NAME filetransfer_needs_little_memory_for_a_large_file
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:filetransfer> -D SCENARIO=needs_little_memory_for_a_large_file
                   -D FOLDER=${CMAKE_CURRENT_BINARY_DIR}/needs_little_memory_for_a_large_file
                   -P ${CMAKE_CURRENT_SOURCE_DIR}/scenarios.cmake)
  set_tests_properties(filetransfer_needs_little_memory_for_a_large_file PROPERTIES TIMEOUT 120)
endif()

# The two ends apart.
roles_tests(filetransfer SERVE --serve ${CMAKE_CURRENT_BINARY_DIR} CONNECT ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
roles_test(filetransfer NAME needs_a_folder_to_serve STATUS 114 OPTIONS --serve OUTPUT "--serve: ")
roles_test(filetransfer NAME sends_nothing_as_a_service STATUS 108 OPTIONS --serve . main.cpp
           OUTPUT "--serve excludes SOURCE")
roles_test(filetransfer NAME needs_a_file_to_send STATUS 106 OPTIONS --connect 3 OUTPUT "SOURCE is required")
roles_test(filetransfer NAME needs_a_place_for_the_file STATUS 106 OPTIONS main.cpp OUTPUT "DESTINATION is required")
set(served ${CMAKE_CURRENT_BINARY_DIR}/served)
file(MAKE_DIRECTORY ${served})
both_ends_test(filetransfer NAME takes_files_from_one_domain_after_the_other STATUS 0
               ENDS --serve ${served} --and --connect 3 ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp
                    --and --connect 3 --json ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp another.cpp
               OUTPUT "^serving as domain 3\n.*main.cpp: .*checksum verified\n.*\"destination\":\"another.cpp\".*\"result\":\"done\"")
both_ends_test(filetransfer NAME takes_no_file_outside_its_folder STATUS 1
               ENDS --serve ${served} --and --connect 3 ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp ../another.cpp
               OUTPUT "\nfiletransfer: v4v domain 3 port 5000: [^\n]*another.cpp")

v4v_test(filetransfer_service_tests SOURCES service_tests.cpp descriptor.cpp folder.cpp service.cpp sha256.cpp
         DEPENDS v4v::rpc filetransfer_schema fmt::fmt OpenSSL::Crypto)
target_compile_options(filetransfer_service_tests PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>)
