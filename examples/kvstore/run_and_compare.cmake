execute_process(COMMAND ${PROGRAM} --calls 100 ${FILE} ${OPTIONS} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL STATUS OR NOT out MATCHES "${OUTPUT}")
  message(FATAL_ERROR "exit status ${status}, expected ${STATUS}; output, expected to match ${OUTPUT}:\n${out}")
endif()
