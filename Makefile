# Every target first installs what it needs and is missing: Tools/setup.sh.
SHELL := /bin/bash
PREFIX ?= /usr/local
DESTDIR ?=
python := .deps/python/bin/python3
ntds := .build/release/ntds
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

# Tests run the very objects that ship: everything is built in release mode, once.
# Code for this machine's vectors: AVX2 ("haswell", 2013 and later) where it has them, else what every
# machine of its kind has. `make build CPU=` makes a program for any machine.
ifeq ($(shell uname -m),x86_64)
CPU ?= $(shell awk '/^flags/ && / avx2 / && / bmi2 / && / fma / && / movbe / { print "haswell"; exit }' /proc/cpuinfo)
endif
cpu_flags := $(if $(CPU),-Xswiftc -target-cpu -Xswiftc $(CPU) -Xcc -march=$(CPU))
flags := -c release $(cpu_flags) --explicit-target-dependency-import-check error -Xlinker -rpath -Xlinker $(CURDIR)/.deps/lib
# Swift and test sources; the linter knows no exception for tests, which may use `!`.
sources := Package.swift Sources

.PHONY: help setup setup-test build run report test bench quality detection recordings live fuzz lint format install clean sweep soak

help:
	@echo 'make run       build, watch a simulated campus at speed: learning, then threats; INTERFACE=eth0 watches that'
	@echo 'make report    build, simulate a table of flows, analyze it; ends with the path of the report'
	@echo 'make build     the program: .build/release/ntds'
	@echo 'make test      all tests'
	@echo 'make bench     speed and memory against named peers in the same run, and `make detection` (half an hour)'
	@echo 'make quality   detection quality on labelled tables'
	@echo 'make detection planted attacks in simulated weeks: told or not, how soon, how often wrong'
	@echo 'make recordings recordings of real networks: what is told, and what should not be'
	@echo 'make soak      an hour of flows and a million made-up hosts: memory; and how soon a threat is told'
	@echo 'make live      highest lossless rate of live capture (root)'
	@echo 'make fuzz      ten minutes of libFuzzer for each decoder of packets, captures and logs'
	@echo 'make sweep     every shared capture in every mode with labels: no crash, no hang, bounded memory'
	@echo 'make lint      format and documentation rules'
	@echo 'make install   into PREFIX, now $(PREFIX)'
	@echo 'make setup     what all others do first: install what is missing'

setup:
	@Tools/setup.sh

setup-test:
	@Tools/setup.sh --test

build: setup
	swift build $(flags) --product ntds

# Three days of a campus of 50 machines, the first without attacks; or an interface of this machine.
run: build
	@mkdir -p ntds-data
ifdef INTERFACE
	$(ntds) run $(INTERFACE) --state ntds-data
else
	$(ntds) simulate campus --days 3 --learning-days 1 --out ntds-data/campus.parquet
	@rm -rf ntds-data/campus
	$(ntds) run ntds-data/campus.parquet ntds-data/campus.events.jsonl --state ntds-data/campus
endif

report: build
	@mkdir -p ntds-data
	$(ntds) simulate flows --rows 200000 --out ntds-data/campus.parquet
	$(ntds) analyze ntds-data/campus.parquet --site 2.44,-76.61 --out ntds-report

test: setup-test
	@Tools/test.sh $(flags)

bench: build
	@Tools/setup.sh --bench
	NTDS_BUILD_FLAGS='$(cpu_flags)' $(python) Benchmarks/bench.py
	$(python) Benchmarks/detection.py

quality: build
	@Tools/setup.sh --bench
	$(python) Benchmarks/quality.py

detection: build
	@Tools/setup.sh --bench
	$(python) Benchmarks/detection.py

recordings: build
	@Tools/setup.sh --bench
	$(python) Benchmarks/recordings.py

soak: build
	@Tools/setup.sh --bench
	$(python) Benchmarks/soak.py

live: build
	@Tools/setup.sh --bench
	$(python) Benchmarks/live.py

# FUZZ_SECONDS for each decoder; what is found stays in Fuzz/found.
FUZZ_SECONDS ?= 600
fuzz: setup
	swift build --package-path Fuzz -c release
	cd Fuzz && ASAN_OPTIONS=detect_leaks=0 .build/release/write-corpus Corpus
	cd Fuzz && for decoder in frames:512 dns:512 arp:512 captures:4096 logs:4096; do \
		name=$${decoder%:*}; mkdir -p found/$$name; \
		LD_LIBRARY_PATH=$(CURDIR)/.deps/lib SWIFT_BACKTRACE=enable=no .build/release/fuzz-$$name \
			-max_total_time=$(FUZZ_SECONDS) -max_len=$${decoder#*:} found/$$name Corpus/$$name || exit 1; \
	done

sweep: build
	$(python) Benchmarks/sweep.py --ntds $(ntds)

lint:
	swift format lint --strict --recursive --configuration .swift-format $(sources)
	swift format lint --strict --recursive --configuration Tests/.swift-format Tests

format:
	swift format --in-place --recursive --configuration .swift-format $(sources)
	swift format --in-place --recursive --configuration Tests/.swift-format Tests

# The program needs the Arrow libraries beside it unless the system has them; Swift's are linked in.
install: setup
	swift build -c release $(cpu_flags) --product ntds --static-swift-stdlib --scratch-path .build/install \
		-Xlinker -rpath -Xlinker '$$ORIGIN/../lib/ntds'
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/ntds
	install -s .build/install/release/ntds $(DESTDIR)$(PREFIX)/bin/ntds
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local|$(PREFIX)|g' Tools/ntds.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/ntds.service
	@for library in .deps/lib/*.so.*; do \
		[ -e "$$library" ] && install -m 644 "$$(readlink -f "$$library")" $(DESTDIR)$(PREFIX)/lib/ntds/"$$(basename "$$library")"; \
	done; true
	$(DESTDIR)$(PREFIX)/bin/ntds --version

clean:
	rm -rf .build
