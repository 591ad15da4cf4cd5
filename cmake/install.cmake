include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/plait)

install(TARGETS plait_runtime plait_coro plait_ipc plait_plait EXPORT plait_targets)
foreach(layer runtime coro ipc cmake/umbrella)
  install(DIRECTORY ${layer}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()
install(EXPORT plait_targets NAMESPACE plait:: FILE plait_targets.cmake DESTINATION ${package_dir})
write_basic_package_version_file(plait_config_version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/plait_config.cmake DESTINATION ${package_dir} RENAME plaitConfig.cmake)
install(FILES ${PROJECT_BINARY_DIR}/plait_config_version.cmake DESTINATION ${package_dir}
        RENAME plaitConfigVersion.cmake)
