# What every target of the tree is compiled with: the language, the warnings, the sanitizers, and the one place where the
# macros of Asio and Beast are set. Nothing here is exported: a program that uses the installed library chooses its own
# flags, and Asio's layout does not depend on the macros below.

add_library(plait_options INTERFACE)
target_compile_features(plait_options INTERFACE cxx_std_20)
target_compile_options(plait_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
-Wold-style-cast -Woverloaded-virtual -Werror -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer)
if(PLAIT_SANITIZE STREQUAL "address")
  target_compile_options(plait_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(plait_options INTERFACE -fsanitize=address,undefined)
elseif(PLAIT_SANITIZE STREQUAL "thread")
  # GCC warns that it cannot instrument fences: no algorithm here relies on one without an atomic beside it.
  target_compile_options(plait_options INTERFACE -fsanitize=thread -Wno-tsan)
  target_link_options(plait_options INTERFACE -fsanitize=thread)
elseif(PLAIT_SANITIZE)
  message(FATAL_ERROR "PLAIT_SANITIZE is '${PLAIT_SANITIZE}'; it must be 'address', 'thread' or empty")
endif()
if(PLAIT_KILL_POINTS)
  target_compile_definitions(plait_options INTERFACE PLAIT_KILL_POINTS)
endif()

add_library(plait_asio_options INTERFACE)
target_compile_definitions(plait_asio_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_BEAST_SEPARATE_COMPILATION)

if(PLAIT_SANITIZE STREQUAL "thread")
  add_library(plait_tsan_suppressions OBJECT ${CMAKE_CURRENT_LIST_DIR}/tsan_suppressions.cpp)
  target_link_libraries(plait_tsan_suppressions PRIVATE plait_options)
endif()

# plait_layer(NAME SOURCES … DEPENDS …): one layer of the library. Its include path holds its own headers and those of
# DEPENDS, so that an include against the layering does not compile.
function(plait_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(plait_${name} STATIC ${ARG_SOURCES})
  add_library(plait::${name} ALIAS plait_${name})
  set_target_properties(plait_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE OFF)
  target_compile_features(plait_${name} PUBLIC cxx_std_20)
  target_include_directories(plait_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_link_libraries(plait_${name} PUBLIC ${ARG_DEPENDS} PRIVATE $<BUILD_INTERFACE:plait_options>
    $<BUILD_INTERFACE:plait_asio_options>)
endfunction()

# plait_program(NAME SOURCES … LINK …): a program of the tree (an application, an example, a benchmark, a suite of tests).
function(plait_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} plait_options plait_asio_options)
  if(TARGET plait_tsan_suppressions)
    target_link_libraries(${name} PRIVATE plait_tsan_suppressions)
  endif()
endfunction()
