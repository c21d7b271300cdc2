# Every target installs what it needs and is missing; see Tools/setup.sh.
SHELL := /bin/bash
PREFIX ?= /usr/local
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))

flags := -c release --explicit-target-dependency-import-check error -Xlinker -rpath -Xlinker $(CURDIR)/.deps/lib
ntds := .build/release/ntds

.PHONY: help setup build run test bench lint install clean

help:
	@echo 'make run          build, simulate a campus, analyze it; ends with the path of the report'
	@echo 'make build        the program, .build/release/ntds'
	@echo 'make test         all tests'
	@echo 'make bench        speeds against numpy and polars in the same run (some minutes)'
	@echo 'make lint         formatting and documentation rules'
	@echo 'make install      into PREFIX (now $(PREFIX))'
	@echo 'make setup        what the others do first: install what is missing'

setup:
	@Tools/setup.sh

build: setup
	swift build $(flags) --product ntds

run: build
	@mkdir -p ntds-data
	$(ntds) simulate flows --rows 200000 --out ntds-data/campus.parquet
	$(ntds) analyze ntds-data/campus.parquet --site 2.44,-76.61 --out ntds-report

test:
	@Tools/setup.sh --test
	swift build $(flags) --product ntds
	swift test $(flags)
