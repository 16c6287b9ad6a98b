# The words of the house, generated from core/records.proto; SYSTEM, so that our warnings stay ours.
set(VIGIE_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${VIGIE_GENERATED}/core)
add_custom_command(
  OUTPUT ${VIGIE_GENERATED}/core/records.pb.cc ${VIGIE_GENERATED}/core/records.pb.h
  COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR} --cpp_out=${VIGIE_GENERATED}
          ${CMAKE_SOURCE_DIR}/core/records.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/core/records.proto)
add_library(vigie_records STATIC ${VIGIE_GENERATED}/core/records.pb.cc)
target_include_directories(vigie_records SYSTEM PUBLIC ${VIGIE_GENERATED})
target_link_libraries(vigie_records PUBLIC protobuf::libprotobuf)

add_library(vigie_test_main OBJECT tests/main.cpp)
target_link_libraries(vigie_test_main PUBLIC vigie_flags)

# room(NAME NEEDS rooms... USES libraries...): library vigie_NAME from NAME/*.cpp, and test program
# NAME_test from tests/NAME_*_test.cpp, which links that room and what it declares, nothing else.
function(room name)
  cmake_parse_arguments(ROOM "" "" "NEEDS;USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(vigie_${name} STATIC ${sources})
  list(TRANSFORM ROOM_NEEDS PREPEND vigie_)
  target_link_libraries(vigie_${name} PRIVATE vigie_flags ${ROOM_USES} Threads::Threads
                                      PUBLIC ${ROOM_NEEDS} vigie_records)
  target_include_directories(vigie_${name} PUBLIC ${CMAKE_SOURCE_DIR})

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}_*_test.cpp)
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE vigie_flags vigie_test_main vigie_${name} Threads::Threads)
    target_compile_definitions(${name}_test PRIVATE VIGIE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    VIGIE_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endif()
endfunction()
