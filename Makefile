# The two commands of a newcomer are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run build test test-plain test-asan test-tsan test-tsan-library crash crash-peers crash-short stress stress-short models fuzz bench format tidy clean
SHELL := /bin/bash

jobs := $(shell nproc)
library_tests := runtime coro conformance ipc crash stress
configure = @test -f build/$(1)/build.ninja || cmake --preset $(1) >/dev/null
compile = @cmake --build --preset $(1) -j $(jobs) $(2) -- --quiet
# One more than there are processors: many tests wait for most of their time.
ctest = @ctest --test-dir build/$(1) -j $$(($(jobs) + 1)) --output-on-failure --no-tests=error $(2)

help:            ## list the targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run:             ## build and start the intake server on 127.0.0.1:8080
	@scripts/install-deps build test
	$(call configure,release)
	$(call compile,release,--target plait-intake)
	@exec build/release/bin/plait-intake

build:           ## build everything into build/release/bin
	@scripts/install-deps build test
	$(call configure,release)
	$(call compile,release,)

test: test-plain ## all tests: plain, sanitizers and kill points in short form, models, a minute of stress
	@$(MAKE) --no-print-directory --output-sync=target -j 2 models crash-short
	@$(MAKE) --no-print-directory stress-short
	@PLAIT_TEST_SHORT=1 $(MAKE) --no-print-directory test-asan test-tsan-library

test-plain: build ## the suites as users run them
	$(call ctest,release,)

test-asan:       ## the suites under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/install-deps build test
	$(call configure,asan)
	$(call compile,asan,)
	$(call ctest,asan,)

test-tsan:       ## the suites under ThreadSanitizer
	@scripts/install-deps build test
	$(call configure,tsan)
	$(call compile,tsan,)
	$(call ctest,tsan,)

test-tsan-library: # the same without the applications, which only then need not be built: what CI has time for
	@scripts/install-deps build test
	$(call configure,tsan)
	$(call compile,tsan,--target $(patsubst %,test/%/all,$(library_tests)))
	$(call ctest,tsan,-E '^(apps|fuzz)_')

crash:           ## kill a process at every marked step, after every instruction, and at random
	@scripts/install-deps build test
	$(call configure,crash)
	$(call compile,crash,--target crash_harness crash_storm ipc_waking pool_kill_points)
	@build/crash/bin/crash_harness
	@build/crash/bin/pool_kill_points
	@build/crash/bin/ipc_waking
	@build/crash/bin/crash_storm --seconds 300

crash-short:     ## the same, in the form that CI runs
	@scripts/install-deps build test
	$(call configure,crash)
	$(call compile,crash,--target crash_harness crash_storm ipc_waking pool_kill_points)
	@build/crash/bin/crash_harness --short
	@build/crash/bin/pool_kill_points --short
	@build/crash/bin/ipc_waking
	@build/crash/bin/crash_storm --seconds 5

crash-peers:     ## what such kills do to Boost.Interprocess and pthreads: a table
	@scripts/install-deps build test
	$(call configure,crash)
	$(call compile,crash,--target crash_peers)
	@build/crash/bin/crash_peers

stress:          ## everything at once, by chance, for half an hour; then pools whose workers are killed, for ten minutes
	@scripts/install-deps build test
	$(call configure,release)
	$(call compile,release,--target stress pool_storm)
	@build/release/bin/stress --seconds 1800
	@build/release/bin/pool_storm --seconds 600

stress-short:    ## the same, for a minute and ten seconds
	@scripts/install-deps build test
	$(call configure,release)
	$(call compile,release,--target stress pool_storm)
	@build/release/bin/stress --seconds 60
	@build/release/bin/pool_storm --seconds 10

models:          ## check the models of the shared-memory protocols with spin
	@scripts/install-deps build test
	@test/models/check

fuzz:            ## search for bytes that a decoder does not stand, FUZZ_SECONDS (60) for each of them
	@scripts/install-deps build fuzz
	$(call configure,fuzz)
	$(call compile,fuzz,)
	@test/fuzz/run $${FUZZ_SECONDS:-60}

bench:           ## measure plait beside its peers: a table, and build/bench/results.json
	@scripts/install-deps build test bench
	$(call configure,bench)
	$(call compile,bench,)
	@bench/run

format:          ## format every source file
	@scripts/install-deps style
	@git ls-files '*.hpp' '*.cpp' | xargs clang-format-14 -i

tidy: build      ## run clang-tidy over the library and the applications
	@scripts/install-deps style
	@git ls-files 'runtime/*.cpp' 'coro/*.cpp' 'ipc/*.cpp' 'apps/*.cpp' | xargs -P $(jobs) -n 1 clang-tidy-16 -p build/release --quiet

clean:           ## remove everything that was built
	@rm -rf build
