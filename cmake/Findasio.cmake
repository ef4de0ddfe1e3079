# Standalone Asio is headers only and Debian's package brings no CMake configuration of its own.
find_path(ASIO_INCLUDE_DIR asio.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(asio REQUIRED_VARS ASIO_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "asio.hpp not found: apt-get install libasio-dev")
mark_as_advanced(ASIO_INCLUDE_DIR)
if(asio_FOUND AND NOT TARGET asio::asio)
  find_package(Threads REQUIRED)
  add_library(asio::asio INTERFACE IMPORTED)
  target_include_directories(asio::asio INTERFACE ${ASIO_INCLUDE_DIR})
  # Without the second, Asio 1.22 allocates in one way or another depending on which headers came before
  # it, and two such ways in one program do not fit together.
  target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE ASIO_DISABLE_STD_ALIGNED_ALLOC)
  # Clang 14 has C++20's coroutines but does not say so to libstdc++, and Asio 1.22 looks for the
  # coroutines of before C++20 in every Clang.
  set(clang $<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>)
  target_compile_definitions(asio::asio INTERFACE
    $<$<AND:${clang},$<VERSION_LESS:$<CXX_COMPILER_VERSION>,15>>:__cpp_impl_coroutine=201902L>
    $<${clang}:ASIO_HAS_CO_AWAIT=1> $<${clang}:ASIO_HAS_STD_COROUTINE=1>)
  target_link_libraries(asio::asio INTERFACE Threads::Threads)
endif()
