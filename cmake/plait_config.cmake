include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Boost 1.81 EXACT COMPONENTS context)
include(${CMAKE_CURRENT_LIST_DIR}/plait_targets.cmake)
