# Benchmarks (bench_*), fuzzers (fuzz_*), and the installed layout.
