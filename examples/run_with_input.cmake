# Runs PROGRAM with OPTIONS on the file INPUT; it must end with STATUS and print what matches OUTPUT.
execute_process(COMMAND ${PROGRAM} ${OPTIONS} INPUT_FILE ${INPUT} RESULT_VARIABLE status
                OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL STATUS OR NOT out MATCHES "${OUTPUT}")
  message(FATAL_ERROR "exit status ${status}, expected ${STATUS}; output, expected to match ${OUTPUT}:\n${out}")
endif()
