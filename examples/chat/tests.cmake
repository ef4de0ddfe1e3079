# chat_test(name INPUT lines STATUS exit-status OUTPUT regular-expression [OPTIONS option...]): what the
# program says to that input, all that it prints together.
function(chat_test name)
  cmake_parse_arguments(arg "" "INPUT;STATUS;OUTPUT" "OPTIONS" ${ARGN})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.txt "${arg_INPUT}")
  add_test(NAME chat_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:chat> -D INPUT=${CMAKE_CURRENT_BINARY_DIR}/${name}.txt
                   -D STATUS=${arg_STATUS} -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}"
                   -P ${CMAKE_CURRENT_SOURCE_DIR}/../run_with_input.cmake)
  set_tests_properties(chat_${name} PROPERTIES TIMEOUT 60)
endfunction()

chat_test(tells_the_others_who_said_it INPUT "2: hello\n3: I am 2: me\n" STATUS 0
          OUTPUT "\n.3. 2: hello\n.4. 2: hello\n.2. 3: I am 2: me\n.4. 3: I am 2: me\n")
chat_test(tells_who_comes_and_who_leaves INPUT "3: /quit\n2: bye\n" STATUS 0
          OUTPUT "^.2. . you are domain 2; with you:\n.2. . domain 3 has come\n.3. . you are domain 3; with you: 2\n.*.2. . domain 3 has left\n.4. . domain 3 has left\n.4. 2: bye\n.*.4. . domain 2 has left\n$")

string(REPEAT "2: a line that 3 does not read\n" 2000 many_lines)
chat_test(drops_who_reads_too_slowly INPUT "3: /sleep\n${many_lines}3: /wake\n2: still here\n" STATUS 0
          OUTPUT "[[]2. . domain 3 was dropped: it reads too slowly\n.*[[]3. .the server has ended the connection.\n.*[[]4. 2: still here\n")
string(REPEAT "too long " 200 long_line)
chat_test(drops_who_says_too_much_at_once INPUT "2: ${long_line}\n3: gone\n" STATUS 0
          OUTPUT "[[]3. . domain 2 was dropped: its line is too long\n.*[[]4. 3: gone\n")

chat_test(says_which_line_is_not_one INPUT "2: hello\nhello\n" STATUS 1
          OUTPUT "chat: line 2: expected DOMAIN: TEXT, as in \"2: hello\"\n$")
chat_test(says_that_there_is_no_such_client INPUT "9: hello\n" STATUS 1
          OUTPUT "chat: line 1: there is no client in domain 9. the clients are domains 2 to 4\n$")

# The room and its clients apart.
roles_tests(chat)
roles_test(chat NAME has_no_queue_as_a_client STATUS 108 OPTIONS --connect 3 --queue 9 OUTPUT "--connect excludes --queue")
roles_test(chat NAME has_no_clients_of_its_own_as_a_service STATUS 108 OPTIONS --serve --clients 3
           OUTPUT "--serve excludes --clients")
both_ends_test(chat NAME lets_one_domain_in_after_the_other INPUT "hello\n" STATUS 0
               ENDS --serve --and --connect 3 --and --connect 3
               OUTPUT "^serving as domain 3\n.4. . you are domain 4; with you:\n.5. . you are domain 5; with you:\n$")
both_ends_test(chat NAME says_who_is_not_there STATUS 1 ENDS --serve --and --connect 7
               OUTPUT "\nchat: domain 7 port 5000: Connection refused; the service is started in domain 7 by: chat --serve\n$")

v4v_test(chat_conversation_tests SOURCES client.cpp conversation.cpp conversation_tests.cpp input_lines.cpp server.cpp
         DEPENDS v4v::transport)
