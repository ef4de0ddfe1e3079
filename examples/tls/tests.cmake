# tls_test(name INPUT lines STATUS exit-status OUTPUT regular-expression [OPTIONS option...])
function(tls_test name)
  cmake_parse_arguments(arg "" "INPUT;STATUS;OUTPUT" "OPTIONS" ${ARGN})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.txt "${arg_INPUT}")
  add_test(NAME tls_example_${name}
           COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:tls> -D INPUT=${CMAKE_CURRENT_BINARY_DIR}/${name}.txt
                   -D STATUS=${arg_STATUS} -D OUTPUT=${arg_OUTPUT} -D "OPTIONS=${arg_OPTIONS}"
                   -P ${CMAKE_CURRENT_SOURCE_DIR}/../run_with_input.cmake)
  set_tests_properties(tls_example_${name} PROPERTIES TIMEOUT 60)
endfunction()

tls_test(brings_back_what_was_said INPUT "one\ntwo\n" STATUS 0
         OUTPUT "domain 1 is echo.v4v.internal, TLSv1.3, .*domain 2 has connected, TLSv1.3, .*one\ntwo\n")
tls_test(refuses_an_impostor INPUT "one\n" STATUS 1 OPTIONS --impostor
         OUTPUT "tls: the service is not who it should be: .*self-signed certificate\n$")
tls_test(says_that_there_is_no_such_file INPUT "" STATUS 105 OPTIONS --trust /no/such/file
         OUTPUT "--trust: File does not exist: /no/such/file")
tls_test(says_that_a_file_is_no_certificate INPUT "" STATUS 1 OPTIONS --trust ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp
         OUTPUT "^tls: [^\n]*/main.cpp: [^\n]+\n$")

# A certificate in files, where there is the program to make one.
find_program(V4V_OPENSSL openssl)
mark_as_advanced(V4V_OPENSSL)
if(V4V_OPENSSL)
  set(certificate ${CMAKE_CURRENT_BINARY_DIR}/certificate.pem)
  set(key ${CMAKE_CURRENT_BINARY_DIR}/key.pem)
  execute_process(
    COMMAND ${V4V_OPENSSL} req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=service -keyout ${key}
            -addext subjectAltName=DNS:service.example -out ${certificate}
    OUTPUT_QUIET ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set(files --certificate ${certificate} --key ${key} --trust ${certificate})
  tls_test(takes_a_certificate_from_files INPUT "one\n" STATUS 0 OPTIONS ${files} --name service.example
           OUTPUT "domain 1 is service.example, .*one\n")
  execute_process(COMMAND ${V4V_OPENSSL} x509 -in ${certificate} -noout -fingerprint -sha256 OUTPUT_VARIABLE fingerprint
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "^.*=(.*)\n$" "\\1" fingerprint ${fingerprint})
  string(REPLACE ":" "" digits ${fingerprint})
  string(TOLOWER ${digits} digits)
  tls_test(believes_a_fingerprint INPUT "one\n" STATUS 0
           OPTIONS --certificate ${certificate} --key ${key} --fingerprint ${fingerprint}
           OUTPUT "domain 1 is the one of that fingerprint, .*one\n")
  tls_test(takes_a_fingerprint_without_colons INPUT "one\n" STATUS 0
           OPTIONS --certificate ${certificate} --key ${key} --fingerprint ${digits} OUTPUT "one\n")
  both_ends_test(tls NAME brings_back_what_was_said_elsewhere INPUT "one\n" STATUS 0
                 ENDS --serve --certificate ${certificate} --key ${key} --and --connect 3 --fingerprint ${fingerprint}
                      --and --connect 3 --trust ${certificate} --name service.example
                 OUTPUT "^fingerprint ${fingerprint}\nserving as domain 3\n.*one\n")
  tls_test(wants_to_know_whom_to_trust INPUT "" STATUS 107 OPTIONS --certificate ${certificate} --key ${key}
           OUTPUT "--certificate requires --trust")
  tls_test(refuses_a_service_of_another_name INPUT "one\n" STATUS 1 OPTIONS ${files} --name other.example
           OUTPUT "tls: the service is not who it should be: .*[Hh]ostname mismatch\n$")
endif()

string(REPEAT "AB:" 31 others)
tls_test(refuses_a_service_of_another_fingerprint INPUT "one\n" STATUS 1 OPTIONS --fingerprint ${others}AB
         OUTPUT "tls: the service is not who it should be: .*it has another fingerprint\n$")

# The two ends apart.
roles_tests(tls CONNECT --fingerprint ${others}AB)
roles_test(tls NAME wants_to_know_whom_to_trust STATUS 106 OPTIONS --connect 3
           OUTPUT "Whom to trust, --fingerprint or --trust, is required")
roles_test(tls NAME knows_what_a_fingerprint_is STATUS 105 OPTIONS --connect 3 --fingerprint ${others}
           OUTPUT "--fingerprint: a fingerprint is 64 hexadecimal digits")
roles_test(tls NAME knows_how_long_a_fingerprint_is STATUS 105 OPTIONS --connect 3 --fingerprint ${others}AB:AB
           OUTPUT "--fingerprint: a fingerprint is 64 hexadecimal digits, and no more")
roles_test(tls NAME believes_nobody_as_a_service STATUS 108 OPTIONS --serve --fingerprint ${others}AB
           OUTPUT "--serve excludes --fingerprint")
both_ends_test(tls NAME refuses_another_service STATUS 1 ENDS --serve --and --connect 3 --fingerprint ${others}AB
               OUTPUT "\ntls: domain 3 port 5000: the service is not who it should be: .*it has another fingerprint\n")
both_ends_test(tls NAME says_who_is_not_there STATUS 1 ENDS --serve --and --connect 7 --fingerprint ${others}AB
               OUTPUT "\ntls: domain 7 port 5000: Connection refused; the service is started in domain 7 by: tls --serve\n$")
