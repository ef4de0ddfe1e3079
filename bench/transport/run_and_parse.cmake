# Runs PROGRAM with numbers so small that they say nothing, and reads what it writes to FILE.
file(REMOVE ${FILE})
execute_process(COMMAND ${PROGRAM} --rounds 20 --repetitions 2 --idle-connections 150 --idle-seconds 0.05 --json ${FILE}
                RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}:\n${out}")
endif()

file(READ ${FILE} json)
foreach(list figures ratios)
  string(JSON length LENGTH ${json} ${list})  # an error unless it is JSON, and a list
  if(length LESS 20)
    message(FATAL_ERROR "only ${length} ${list}:\n${json}")
  endif()
endforeach()
string(JSON rounds GET ${json} conditions rounds)
string(JSON samples LENGTH ${json} figures 0 samples)
string(JSON median GET ${json} ratios 0 median)
if(NOT rounds EQUAL 20 OR NOT samples EQUAL 2 OR NOT median GREATER 0)
  message(FATAL_ERROR "rounds ${rounds}, samples ${samples}, median ${median}:\n${json}")
endif()
if(NOT out MATCHES "round trip, 64 B.*times faster than UNIX")
  message(FATAL_ERROR "no ratios in:\n${out}")
endif()
