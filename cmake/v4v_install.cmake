# `cmake --install`: the libraries, their headers and the package that find_package(v4v) reads.
include(CMakePackageConfigHelpers)

get_property(v4v_libraries GLOBAL PROPERTY V4V_LIBRARIES)
list(PREPEND v4v_libraries v4v_abi)
set(v4v_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/v4v)

install(TARGETS ${v4v_libraries} EXPORT v4vTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
                                                   LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(library IN LISTS v4v_libraries)
  get_target_property(folder ${library} SOURCE_DIR)
  list(APPEND v4v_folders ${folder})
endforeach()
list(REMOVE_DUPLICATES v4v_folders)
foreach(folder IN LISTS v4v_folders)
  install(DIRECTORY ${folder}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h*")
endforeach()

install(EXPORT v4vTargets NAMESPACE v4v:: DESTINATION ${v4v_package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/v4vConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/v4vConfig.cmake
                              INSTALL_DESTINATION ${v4v_package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/v4vConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/v4vConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/v4vConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/Findasio.cmake
        DESTINATION ${v4v_package_dir})
