# The thin door: each target is a line or two, the work is in scripts/. Developers may as well call cmake --preset.
PREFIX ?= /usr/local

.PHONY: help setup build demo test check sanitize bench docs install

help:
	@echo "make demo      set up, build, and predict a held-out time of a simulated experiment (minutes)"
	@echo "make test      set up, build, and run the test suite"
	@echo "make build     set up and build the tools into build/release/bin"
	@echo "make install PREFIX=DIR   tools to DIR/bin, manual pages and completions beside them"
	@echo "make check     formatting, static analysis, include rules, the tools under sanitizers (what a pull request must pass)"
	@echo "make sanitize  the whole test suite under the address and undefined-behaviour sanitizers (tens of minutes)"
	@echo "make bench     time and memory of every tool on simulated data"
	@echo "make docs      this documentation as a site, in build/release/site"
	@echo "make setup     only install or name the packages that are missing"

setup:
	@scripts/setup.sh build test check

build:
	@scripts/setup.sh build && scripts/build.sh

demo: build
	@scripts/demo.sh

test:
	@scripts/setup.sh build test && scripts/test.sh

check:
	@scripts/setup.sh build test check && scripts/check.sh

sanitize:
	@scripts/setup.sh build test && scripts/sanitize.sh all

bench: build
	@scripts/bench.sh

docs: build
	@scripts/setup.sh test && scripts/docs.sh

install: build
	@cmake --install build/release --prefix "$(PREFIX)"
