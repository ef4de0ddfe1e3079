# cmake -DNM=nm -DOBJECTS=a.o;b.o -P check_freestanding.cmake
# Fails if the objects together need any symbol from outside but the four functions that a compiler
# may call even in a freestanding program.

foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -P ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    if(symbol MATCHES "^([^ ]+) [Uwv]( |$)")
      list(APPEND needed ${CMAKE_MATCH_1})
    elseif(symbol MATCHES "^([^ ]+) ")
      list(APPEND defined ${CMAKE_MATCH_1})
    endif()
  endforeach()
endforeach()

if(NOT defined)
  message(FATAL_ERROR "no symbols at all: OBJECTS is wrong")
endif()
list(REMOVE_DUPLICATES needed)
list(REMOVE_ITEM needed ${defined} memcpy memmove memset memcmp _GLOBAL_OFFSET_TABLE_ __stack_chk_fail)
if(needed)
  message(FATAL_ERROR "the core is not freestanding, it needs: ${needed}")
endif()
