# Runs PROGRAM with numbers so small that they say nothing, and reads what it writes to FILE.
file(REMOVE ${FILE})
set(only floor-cache-line null-call pipelined-64 read-64k write-1m push-64k)
list(TRANSFORM only PREPEND --only=)
execute_process(COMMAND ${PROGRAM} --quick --touch ${only} --json ${FILE}
                RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}:\n${out}")
endif()

file(READ ${FILE} json)
foreach(list figures ratios)
  string(JSON length LENGTH ${json} ${list})  # an error unless it is JSON, and a list
  if(length LESS 15)
    message(FATAL_ERROR "only ${length} ${list}:\n${json}")
  endif()
endforeach()
string(JSON rounds GET ${json} conditions rounds)
string(JSON name GET ${json} figures 1 name)
string(JSON samples LENGTH ${json} figures 1 samples)
string(JSON calls LENGTH ${json} figures 1 singles 1)
string(JSON median GET ${json} ratios 0 median)
if(NOT rounds EQUAL 50 OR NOT name STREQUAL "null-call" OR NOT samples EQUAL 2 OR NOT calls EQUAL 50 OR
   NOT median GREATER 0)
  message(FATAL_ERROR "rounds ${rounds}, ${name}: samples ${samples}, calls ${calls}, median ${median}:\n${json}")
endif()
if(NOT out MATCHES "null call: times faster than KJ")
  message(FATAL_ERROR "no ratios in:\n${out}")
endif()
