# cmake -D TEST=... -D V4V_SOURCE_DIR=... -D V4V_BINARY_DIR=... -P: configures package/ as a project
# of somebody else's, builds it and runs its program.
set(work ${V4V_BINARY_DIR}/tests/${TEST})
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(configure)
  run(${CMAKE_COMMAND} -G Ninja -S ${V4V_SOURCE_DIR}/tests/package -B ${work}/build
      -D CMAKE_TOOLCHAIN_FILE=${V4V_BINARY_DIR}/tests/toolchain.cmake -D CMAKE_BUILD_TYPE=Debug ${ARGN})
endfunction()

if(TEST STREQUAL an_outside_project_builds_against_the_installed_package)
  run(${CMAKE_COMMAND} --install ${V4V_BINARY_DIR} --prefix ${work}/installed)
  configure(-D CMAKE_PREFIX_PATH=${work}/installed)
  run(${CMAKE_COMMAND} --build ${work}/build)
  run(${work}/build/outside)
  run(${work}/build/conversation)
elseif(TEST STREQUAL an_outside_project_takes_the_source_in_as_a_subdirectory)
  # Its programs are not built again: that would take as long as the libraries.
  configure(-D V4V_SOURCE_DIR=${V4V_SOURCE_DIR})
  load_cache(${work}/build READ_WITH_PREFIX its_ V4V_TESTS V4V_TOOLS V4V_EXAMPLES V4V_INSTALL V4V_WERROR)
  if(its_V4V_TESTS OR its_V4V_TOOLS OR its_V4V_EXAMPLES OR its_V4V_INSTALL OR its_V4V_WERROR)
    message(FATAL_ERROR "a project that includes this one gets its tests, tools, examples, install rules or -Werror")
  endif()
else()
  message(FATAL_ERROR "no such test: ${TEST}")
endif()
