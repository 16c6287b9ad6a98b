# Two commands do everything on a fresh Debian 12: `make run` and `make test`.
PRESET ?= dev
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES := cmake ninja-build pkg-config g++ make git \
  libcurl4-openssl-dev libc-ares-dev libboost-dev libpsl-dev libexpat1-dev libre2-dev \
  libgumbo-dev libicu-dev libphonenumber-dev libsimdjson-dev \
  librocksdb-dev libzstd-dev libxxhash-dev libprotobuf-dev protobuf-compiler \
  libvectorscan-dev libssl-dev libgpgme-dev gnupg libspdlog-dev libcli11-dev libyaml-cpp-dev \
  prometheus-cpp-dev libsystemd-dev libseccomp-dev zlib1g-dev libbrotli-dev \
  doctest-dev libbenchmark-dev
# What only the tests talk to: a real mail server (without a configuration of its own its unit does not start; another
# mail server on this machine is not thrown out for it), independent readers of mail, a clock that can be set, units.
TEST_PACKAGES := $(if $(wildcard /usr/sbin/sendmail),,postfix) python3 openssl mutt faketime systemd

.PHONY: deps
deps:
	@missing=$$(dpkg-query -W -f '$${db:Status-Abbrev}$${Package}\n' $(PACKAGES) $(TEST_PACKAGES) 2>/dev/null | sed -n 's/^ii *//p' | \
	  sort > /tmp/vigie-have.$$$$; printf '%s\n' $(PACKAGES) $(TEST_PACKAGES) | sort | comm -23 - /tmp/vigie-have.$$$$; rm -f /tmp/vigie-have.$$$$); \
	if [ -n "$$missing" ]; then \
	  echo "installing: $$missing"; \
	  $(SUDO) apt-get update -q && \
	  { command -v debconf-set-selections >/dev/null && \
	    echo 'postfix postfix/main_mailer_type select No configuration' | $(SUDO) debconf-set-selections || true; } && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	fi

# The daemon, for use.
.PHONY: build
build: deps
	cmake --preset release
	cmake --build --preset release --target vigie

# The daemon on the invented web; says where mail and metrics are. RUN="--for 5m" ends by itself.
.PHONY: run
run: build
	demo/run.sh $(RUN)

# Everything that proves it, from unit to journey. PRESET: dev, asan or tsan.
.PHONY: test test-asan test-tsan
test: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET)
	ctest --preset $(PRESET)
test-asan:
	$(MAKE) test PRESET=asan
test-tsan:
	$(MAKE) test PRESET=tsan

# Which lines the tests reach, by folder; 85 % over all, 95 % of guard, outbox and store. COVERED: the tests that are run.
COVERED ?= core|crawler|parser|storage|detector|alerts|app|journey|commands|keep|mail|noise
.PHONY: coverage
coverage: deps
	cmake --preset coverage
	cmake --build --preset coverage
	find build/coverage -name '*.gcda' -delete
	ctest --preset coverage -R '^($(COVERED))$$'
	python3 tools/coverage.py build/coverage

# How well pages are read: every figure over the public cases in ../shared/data (VIGIE_DATA). VIGIE_FIGURES=1 names the misses.
.PHONY: figures
figures: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) --target parser_test
	build/$(PRESET)/parser_test -tc="figures*,structured-data-cases*"

# The figures of the README. STORE_ADS=1000000 for the store of a large unit (some ten minutes).
STORE_ADS ?= 100000
.PHONY: bench
bench: deps
	cmake --preset release
	cmake --build --preset release --target vigie bench bench_loop bench_schedule bench_store
	build/release/bench --benchmark_min_time=0.5
	build/release/bench_loop
	build/release/bench_schedule
	build/release/bench_store $(STORE_ADS)
	python3 tests/bench_fetch.py build/release/vigie
	python3 tests/bench_journey.py build/release/vigie

# The daemon against 200 small sites, one in five hostile, with kills, mail outages and clock steps; then the store against
# what the sites showed. SOAK="--minutes 10 --hosts 40" is a short one.
SOAK ?= --minutes 60
.PHONY: soak
soak: TEST_PACKAGES += faketime
soak: deps
	cmake --preset release
	cmake --build --preset release --target vigie
	VIGIE=build/release/vigie python3 tests/soak.py $(SOAK)

# Fuzzers, one after the other, each for so long; what they find is kept in build/fuzz/found. Inputs that once broke
# something belong into tests/corpus, where every build replays them.
FUZZ_SECONDS ?= 60
FUZZ_PACKAGES := clang libclang-rt-dev
.PHONY: fuzz
fuzz: PACKAGES += $(FUZZ_PACKAGES)
fuzz: deps
	cmake --preset fuzz
	cmake --build --preset fuzz --target fuzzers
	@mkdir -p build/fuzz/found; failed=; for program in build/fuzz/fuzz_*; do \
	  [ -x "$$program" ] || continue; name=$${program##*/fuzz_}; mkdir -p build/fuzz/corpus/$$name; echo "== $$name"; \
	  $$program -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/found/$$name- build/fuzz/corpus/$$name tests/corpus/$$name || failed="$$failed $$name"; \
	done; if [ -n "$$failed" ]; then echo "found something:$$failed"; exit 1; fi

# Binary, units, users, folders and configuration, as a package would: make install DESTDIR=/tmp/tree
.PHONY: install
install:
	cmake --preset release
	cmake --build --preset release --target vigie
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix /usr --strip
