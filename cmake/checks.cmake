# Tests that are not of one room: the floor plan, and the whole program on real parts.
add_executable(layers_test tests/layers_test.cpp)
target_link_libraries(layers_test PRIVATE vigie_flags vigie_test_main)
target_compile_definitions(layers_test PRIVATE VIGIE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME layers COMMAND layers_test)

# The invented web's own rules (demo/), and the scope files that watch it.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
add_test(NAME demo COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/demo_test.py)
set_tests_properties(demo PROPERTIES TIMEOUT 120)

# The units: silent under `systemd-analyze verify`, exposure 1.2 at most.
add_test(NAME systemd COMMAND ${CMAKE_SOURCE_DIR}/tests/systemd_check.sh ${CMAKE_SOURCE_DIR})
set_tests_properties(systemd PROPERTIES TIMEOUT 60 SKIP_RETURN_CODE 77)

# The whole program on real parts: the invented web, a real mail server, a mailbox; and kill -9 in between.
set(whole commands journey crash schedule hostile keep auto mail noise)
if(NOT VIGIE_SANITIZE)  # a sanitizer's runtime makes calls of its own
  list(APPEND whole filter)
endif()
if(NOT VIGIE_SANITIZE AND NOT VIGIE_COVERAGE)  # requests for memory that fail; a sanitizer has an allocator of its own
  add_library(torture SHARED ${CMAKE_SOURCE_DIR}/tests/torture.cpp)
  list(APPEND whole torture)
endif()
foreach(name ${whole})
  add_test(NAME ${name} COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/${name}_test.py)
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT "VIGIE=$<TARGET_FILE:vigie>")
endforeach()
if(TARGET torture)
  set_property(TEST torture APPEND PROPERTY ENVIRONMENT "TORTURE=$<TARGET_FILE:torture>")
endif()
# Packages that these unpack and never install (OpenSMTPD, Dovecot) are fetched once.
set_property(TEST alerts mail APPEND PROPERTY ENVIRONMENT "VIGIE_PACKAGES=${CMAKE_BINARY_DIR}/packages")
if(VIGIE_SANITIZE)  # a start takes seconds there, an opened store five times as long
  set_property(TEST crash APPEND PROPERTY ENVIRONMENT "VIGIE_KILLS=10")
  set_property(TEST storage APPEND PROPERTY ENVIRONMENT "VIGIE_POWER_CUTS=60")
  set_tests_properties(storage alerts app PROPERTIES TIMEOUT 1500)
endif()

if(VIGIE_SANITIZE STREQUAL "thread")
  get_property(all_tests DIRECTORY PROPERTY TESTS)
  set_property(TEST ${all_tests} APPEND PROPERTY ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
endif()
