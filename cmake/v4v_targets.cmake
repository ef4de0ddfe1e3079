# How this project's own targets are made: the language, the warnings, the sanitizers, the tests.

set(V4V_SANITIZE "" CACHE STRING "Sanitizers for all of the project, as for -fsanitize= (address,undefined or thread)")
option(V4V_FUZZ "Build the fuzzers, and what they attack with their instrumentation; needs Clang" OFF)
option(V4V_WERROR "Warnings are errors in the project's own code" ${PROJECT_IS_TOP_LEVEL})

function(v4v_own target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF C_STANDARD 11 C_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-align
                                           $<$<BOOL:${V4V_WERROR}>:-Werror>)
  if(V4V_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${V4V_SANITIZE} -fno-sanitize-recover=all
                                             -fno-omit-frame-pointer)
    # GCC warns of every fence in Asio, which its ThreadSanitizer does not know; and where KJ's headers
    # are instrumented it sees reads of what is not initialised where there are none.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan;-Wno-maybe-uninitialized>)
    target_link_options(${target} PUBLIC -fsanitize=${V4V_SANITIZE})
  endif()
endfunction()

# v4v_library(name DEPENDS target...): a static library v4v_<name>, alias v4v::<name>, whose public
# headers are in include/, installed and exported.
function(v4v_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(v4v_${name} ${arg_SOURCES})
  add_library(v4v::${name} ALIAS v4v_${name})
  v4v_own(v4v_${name})
  target_include_directories(v4v_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(v4v_${name} PUBLIC ${arg_DEPENDS})
  set_target_properties(v4v_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY V4V_LIBRARIES v4v_${name})
  v4v_headers_stand_alone(v4v_${name})
endfunction()

# Compiles each public header of a library, those in detail/ left out, as the first and only one of a
# file. Twice, so that it bears that; not under sanitizers, which would add nothing.
function(v4v_headers_stand_alone target)
  if(NOT V4V_TESTS OR V4V_SANITIZE)
    return()
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/include include/*.hpp)
  list(FILTER headers EXCLUDE REGEX "/detail/")
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER ${header} name)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(${target}_headers OBJECT ${sources})
  v4v_own(${target}_headers)
  target_compile_options(${target}_headers PRIVATE -O0 -g0)
  target_link_libraries(${target}_headers PRIVATE ${target})
  set_target_properties(${target}_headers PROPERTIES UNITY_BUILD OFF)
endfunction()

# v4v_test(name SOURCES file... DEPENDS target...): a GoogleTest program, each of its tests known to ctest.
function(v4v_test name)
  if(NOT V4V_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  v4v_own(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gtest GTest::gtest_main)
  # What is tested is optimised as the preset says; the tests themselves are compiled fast.
  target_compile_options(${name} PRIVATE -O0)
  if(V4V_SANITIZE MATCHES undefined)
    # In what tests instantiate of Asio these four double the time that compiling takes, and find
    # nothing that AddressSanitizer would not. The libraries have all of them.
    target_compile_options(${name} PRIVATE -fno-sanitize=null,alignment,vptr,object-size)
  endif()
  gtest_discover_tests(${name} PROPERTIES TIMEOUT 120)
endfunction()

# v4v_repeat_test(name PREFIX p FILTER f ENVIRONMENT v=x): those tests of a v4v_test once more, with this in
# their environment and in front of their names.
function(v4v_repeat_test name)
  if(NOT V4V_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "PREFIX;FILTER;ENVIRONMENT" "" ${ARGN})
  gtest_discover_tests(${name} TEST_PREFIX ${arg_PREFIX} TEST_FILTER ${arg_FILTER} TEST_LIST ${name}_${arg_PREFIX}
                       PROPERTIES TIMEOUT 120 ENVIRONMENT ${arg_ENVIRONMENT})
endfunction()

# All that is made of schemas, for who checks the sources that include it.
add_custom_target(v4v_schemas)

# v4v_schema(name file.capnp): a library of what capnp makes of a schema, which is not held to this
# project's warnings.
function(v4v_schema name file)
  capnp_generate_cpp(sources headers ${file})
  add_library(${name} STATIC ${sources})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC CapnProto::capnp-rpc)
  add_dependencies(v4v_schemas ${name})
  if(V4V_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${V4V_SANITIZE})
  endif()
endfunction()
