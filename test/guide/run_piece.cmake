# Runs PROGRAM, and compares what it prints with the file EXPECTED, if that is not empty.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "it ended with ${status}, and printed:\n${printed}")
endif()
file(READ ${EXPECTED} expected)
if(expected AND NOT printed STREQUAL expected)
  message(FATAL_ERROR "the page shows:\n${expected}\nit printed:\n${printed}")
endif()
