# Benchmarks (bench_*), fuzzers (fuzz_*), and the installed layout.

# What a package would lay out. `make install DESTDIR=` uses the prefix /usr, which the unit's ExecStart names.
install(TARGETS vigie RUNTIME DESTINATION bin)
install(FILES systemd/vigie.service systemd/vigie-failed@.service DESTINATION lib/systemd/system)
install(FILES systemd/vigie.sysusers DESTINATION lib/sysusers.d RENAME vigie.conf)
install(FILES systemd/vigie.tmpfiles DESTINATION lib/tmpfiles.d RENAME vigie.conf)
# Examples stay examples: a scope in /etc is crawled.
install(DIRECTORY seeds DESTINATION share/doc/vigie/examples FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY docs/ DESTINATION share/doc/vigie FILES_MATCHING PATTERN "*.md")
# Configuration belongs to the unit once it is there: an edited file stays, and the new one is put beside it.
install(CODE "
  set(source \"${CMAKE_SOURCE_DIR}/conf\")
  set(target \"\$ENV{DESTDIR}/etc/vigie\")
  file(MAKE_DIRECTORY \"\${target}/seeds\")
  file(GLOB_RECURSE files RELATIVE \"\${source}\" \"\${source}/*\")
  foreach(file IN LISTS files)
    set(name \"\${target}/\${file}\")
    if(EXISTS \"\${name}\")
      file(SHA256 \"\${name}\" old)
      file(SHA256 \"\${source}/\${file}\" new)
      if(old STREQUAL new)
        continue()
      endif()
      message(STATUS \"Kept: \${name} (the new one stands beside it, .new)\")
      set(name \"\${name}.new\")
    endif()
    message(STATUS \"Installing: \${name}\")
    configure_file(\"\${source}/\${file}\" \"\${name}\" COPYONLY)
  endforeach()
")

# Benchmarks print the figures of the README; they prove nothing by a clock in the tests.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  add_executable(bench EXCLUDE_FROM_ALL tests/bench_rooms.cpp tests/bench_detector.cpp)
  target_compile_definitions(bench PRIVATE VIGIE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")  # where ../shared/data is looked for
  target_link_libraries(bench PRIVATE vigie_flags vigie_app benchmark::benchmark Threads::Threads)
endif()
add_executable(bench_schedule EXCLUDE_FROM_ALL tests/bench_schedule.cpp)
target_link_libraries(bench_schedule PRIVATE vigie_flags vigie_storage Threads::Threads)
add_executable(bench_store EXCLUDE_FROM_ALL tests/bench_store.cpp)
target_link_libraries(bench_store PRIVATE vigie_flags vigie_storage Threads::Threads)
add_executable(bench_loop EXCLUDE_FROM_ALL tests/bench_loop.cpp)
target_link_libraries(bench_loop PRIVATE vigie_flags vigie_crawler vigie_test_main Threads::Threads)
target_compile_definitions(bench_loop PRIVATE VIGIE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
