# calculator_test(name STATUS exit-status OUTPUT regular-expression [OPTIONS option...])
function(calculator_test name)
  cmake_parse_arguments(arg "" "STATUS;OUTPUT" "OPTIONS" ${ARGN})
  add_test(NAME calculator_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:calculator> -D INPUT=/dev/null -D STATUS=${arg_STATUS}
                   -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}"
                   -P ${CMAKE_CURRENT_SOURCE_DIR}/../run_with_input.cmake)
  set_tests_properties(calculator_${name} PROPERTIES TIMEOUT 60)
endfunction()

calculator_test(shows_each_step_in_one_round_trip STATUS 0
                OUTPUT "^123 += 123 +2 calls in 1 round trip\n.* = 101 +4 calls in 1 round trip\n.* = 27 +7 calls in 1 round trip\n.* = 29 .* = 4244 +6 calls in 1 round trip\n.* = 512 +3 calls in 1 round trip\n[^\n]*called pow here 1 time[^\n]*\n$")
calculator_test(knows_what_comes_first STATUS 0 OUTPUT "^9\n$" OPTIONS "2 * (3 + 4) - 5")
calculator_test(goes_from_left_to_right STATUS 0 OUTPUT "^-4\n$" OPTIONS "1 - 2 - 12 / 2 / 2")
calculator_test(takes_a_minus_in_front STATUS 0 OUTPUT "^7.5\n$" OPTIONS -- "-(2.5 + --5) * -1e0")
calculator_test(is_called_back_for_pow STATUS 0 OUTPUT "^1025\n.* in 1 round trip. pow was called back 2 times\n$"
                OPTIONS --verbose "1 + pow(2, pow(100, .5))")

# Deeper than a message may be, and longer than the service takes at once.
string(REPEAT "1 + (" 400 deep)
string(REPEAT ")" 400 deep_end)
string(REPEAT " + 1" 20000 long)
calculator_test(works_out_what_is_deep STATUS 0 OUTPUT "^402\n$" OPTIONS "${deep}2${deep_end}")
calculator_test(works_out_what_is_long STATUS 0 OUTPUT "^20001\n.* in 1 round trip" OPTIONS -v "1${long}")

calculator_test(says_where_a_parenthesis_is_missing STATUS 1 OPTIONS "2 * (3 + 4"
                OUTPUT "^calculator: column 11: expected an operator or \".\", but this is the end\n  2 . .3 . 4\n            \\^\n$")
calculator_test(says_where_there_is_no_number STATUS 1 OPTIONS "2 * + 3"
                OUTPUT "^calculator: column 5: expected a number, a function or \".\", not \"[+]\"\n")
calculator_test(says_where_there_is_no_operator STATUS 1 OPTIONS "2 3"
                OUTPUT "^calculator: column 3: expected an operator or the end, not \"3\"\n")
calculator_test(counts_columns_in_characters STATUS 1 OPTIONS "1 + ä" OUTPUT "column 5: .*, not \"ä\"\n")
calculator_test(says_which_functions_there_are STATUS 1 OPTIONS "1 + sin(2)"
                OUTPUT "^calculator: column 5: there is no function \"sin\". there is pow.x, y.\n")
calculator_test(says_how_many_parameters_a_function_has STATUS 1 OPTIONS "pow(2)"
                OUTPUT "column 6: expected an operator or \",\": pow has two parameters, not \".\"\n")
calculator_test(refuses_a_number_that_is_too_large STATUS 1 OPTIONS "1e999" OUTPUT "column 1: the number is out of the range")
string(REPEAT "(" 100000 open)
calculator_test(refuses_too_many_parentheses STATUS 1 OPTIONS "${open}"
                OUTPUT "^calculator: column 501: more than 500 parentheses are open\n$")
calculator_test(refuses_an_expression_that_is_empty STATUS 1 OPTIONS " " OUTPUT "^calculator: column 2: expected a number")

roles_tests(calculator)
roles_test(calculator NAME works_nothing_out_as_a_service STATUS 108 OPTIONS --serve "1 + 2"
           OUTPUT "--serve excludes EXPRESSION")
roles_test(calculator NAME reads_the_expression_before_it_connects LINK none-of-that-name STATUS 1
           OPTIONS --connect 3 "2 3" OUTPUT "^calculator: column 3: ")
both_ends_test(calculator NAME works_it_out_for_one_domain_after_the_other STATUS 0
               ENDS --serve --and --connect 3 "pow(2, 10) + 1" --and --connect 3
               OUTPUT "^serving as domain 3\n1025\n123 .*called pow here 1 time[^\n]*\n$")

v4v_test(calculator_service_tests SOURCES service_tests.cpp formula.cpp service.cpp DEPENDS v4v::rpc calculator_schema)
target_compile_options(calculator_service_tests PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>)
