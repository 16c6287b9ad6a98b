# What every target of ours is compiled with. Libraries of the distribution are SYSTEM headers.
add_library(vigie_flags INTERFACE)
target_compile_options(vigie_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror -fno-omit-frame-pointer)
target_include_directories(vigie_flags INTERFACE ${CMAKE_SOURCE_DIR})

option(VIGIE_FUZZ "Build the fuzzers (clang only)" OFF)
set(VIGIE_SANITIZE "" CACHE STRING "address,undefined or thread; empty: none")
if(VIGIE_SANITIZE)
  add_compile_options(-fsanitize=${VIGIE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VIGIE_SANITIZE})
  add_compile_definitions(VIGIE_SANITIZED=1)
  if(VIGIE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences are not modelled; the locks around them are
    # protobuf's headers give messages another member under this macro, which the distribution's library does not know.
    add_compile_options(-U__SANITIZE_THREAD__)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/storage_crash_test.cpp PROPERTIES COMPILE_DEFINITIONS VIGIE_THREAD_SANITIZED=1)
  endif()
endif()

option(VIGIE_COVERAGE "Count the lines that tests reach (preset coverage, tools/coverage.py)" OFF)
if(VIGIE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection
                      -D_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()

# A linker that is quick where the machine has one; any linker will do.
find_program(VIGIE_LLD NAMES ld.lld)
if(VIGIE_LLD)
  add_link_options(-fuse-ld=lld)
endif()
