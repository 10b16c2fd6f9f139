# Everything that one types here. `make` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# rustup puts cargo here, also for shells that have not read its profile yet. Binaries of Postgres that were named go
# first, so that the tests use them as the server does.
export PATH := $(if $(WAYBILL_POSTGRES_BIN),$(WAYBILL_POSTGRES_BIN):)$(PATH):$(HOME)/.cargo/bin

CARGO_DENY_VERSION := 0.20.2
CARGO_MACHETE_VERSION := 0.9.2
export CARGO_FUZZ_VERSION := 0.13.1

CRATES := domain infra projections api tests bench torture
# CI builds what is committed; a developer may be about to change it.
LOCKED := $(if $(CI),--locked)
# Which snapshots the tests compared with, for check-snapshots.
SNAPSHOTS := $(CURDIR)/target/snapshots-compared.txt

# The steps of `make test` and `make check`, in order; .ci/run runs each and counts them.
TESTS := test-rust test-web test-browser
CHECKS := check-format check-lints check-docs check-licences check-unused check-generated check-snapshots check-web

##@ Run

.PHONY: run
run: bootstrap web ## Start everything and open http://127.0.0.1:8080 (ARGS="…" go to `waybill dev`)
	@cargo build $(LOCKED) -p waybill-api
	@exec target/debug/waybill dev $(ARGS)

.PHONY: web
web: web/app/dist/index.html ## Build the page that is embedded in the binary

##@ Check

.PHONY: test
test: $(TESTS) ## Rust tests, web unit tests, one browser test; on a private Postgres

.PHONY: check
check: $(CHECKS) ## Formatting, lints, docs, licences, unused dependencies, generated files

##@ Measure

# Without figures of a whole run, what is written goes where nothing is published.
QUICK ?=
BENCH ?=
BENCH_OUT := $(if $(filter-out 0,$(QUICK)),target/bench,docs)

.PHONY: bench
bench: bootstrap-bench web ## Measure everything beside its peers, an hour at most; QUICK=1: three minutes; BENCH="…" go to it
	@cargo build $(LOCKED) --release -p waybill-api -p waybill-bench
	@exec target/release/waybill-bench all $(if $(filter-out 0,$(QUICK)),--quick) --out $(BENCH_OUT) $(BENCH)

TORTURE ?=
TORTURE_OUT := $(if $(filter-out 0,$(QUICK)),target/torture,docs)

.PHONY: torture
torture: bootstrap-torture web ## Kill, cut and stop things, and see what is lost; QUICK=1: ten minutes; TORTURE="…" go to it
	@cargo build $(LOCKED) --release -p waybill-api -p waybill-torture
	@exec target/release/waybill-torture all $(if $(filter-out 0,$(QUICK)),--quick) --out $(TORTURE_OUT) $(TORTURE)

TARGET ?=
SECS ?= 600

.PHONY: fuzz
fuzz: web ## Feed whatever takes bytes from outside with any bytes; TARGET=… is one of fuzz/fuzz_targets, SECS=… for each
	@SECS=$(SECS) scripts/fuzz $(TARGET)

##@ Tidy up

.PHONY: format
format: bootstrap ## Format the Rust code
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml

.PHONY: clean
clean: ## Delete what was built (not the tools, not the data)
	rm -rf target fuzz/target web/node_modules web/app/dist web/client/dist

# --- steps ---

.PHONY: help steps bootstrap bootstrap-test bootstrap-bench bootstrap-torture build $(TESTS) $(CHECKS)

help:
	@if [ -t 1 ] && [ -z "$$NO_COLOR" ]; then bold='\033[1m' cyan='\033[36m' plain='\033[0m'; fi; \
	awk -v bold="$$bold" -v cyan="$$cyan" -v plain="$$plain" ' \
	    BEGIN { FS = ":.*## " } \
	    /^##@ / { printf "\n%s%s%s\n", bold, substr($$0, 5), plain } \
	    /^[a-z-]+:.*## / { printf "  %smake %-8s%s %s\n", cyan, $$1, plain, $$2 } \
	    END { print "" }' Makefile

# For .ci/run: what `make test` and `make check` do, one by one.
steps:
	@echo $(TESTS) $(CHECKS)

bootstrap:
	@scripts/bootstrap

bootstrap-test:
	@scripts/bootstrap --browser

bootstrap-bench:
	@scripts/bootstrap --bench

bootstrap-torture:
	@scripts/bootstrap --torture

# A file that npm writes last; the folder itself changes whenever a tool puts its cache there.
INSTALLED := web/node_modules/.package-lock.json
$(INSTALLED): web/package-lock.json | bootstrap
	cd web && npm ci --no-audit --no-fund
	@touch $@

NOT_SOURCES := node_modules dist test-results playwright-report
WEB_SOURCES := $(shell find web $(foreach name,$(NOT_SOURCES),-name $(name) -prune -o) -type f -print)

web/app/dist/index.html: $(INSTALLED) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

# With all targets, so that the binary and the tests agree on features and no dependency is built twice.
build: web
	@cargo build $(LOCKED) --workspace --all-targets

test-rust: bootstrap-test build
	@mkdir -p target && : >$(SNAPSHOTS).new
	@unset DATABASE_URL; INSTA_SNAPSHOT_REFERENCES_FILE=$(SNAPSHOTS).new cargo test $(LOCKED) --workspace --no-fail-fast
	@mv $(SNAPSHOTS).new $(SNAPSHOTS)

test-web: web
	@cd web && npm test

test-browser: bootstrap-test build
	@unset DATABASE_URL; scripts/test-browser

check-format: bootstrap
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check

check-lints: web
	@cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings

check-docs: web
	@RUSTDOCFLAGS="-D warnings" cargo doc $(LOCKED) --workspace --no-deps --quiet

check-licences: bootstrap
	@deny=$$(scripts/cargo-tool cargo-deny $(CARGO_DENY_VERSION)) && \
	$$deny check bans licenses sources && \
	$$deny --manifest-path fuzz/Cargo.toml check bans licenses sources && scripts/check-advisories $$deny

check-unused: bootstrap
	@machete=$$(scripts/cargo-tool cargo-machete $(CARGO_MACHETE_VERSION)) && $$machete $(CRATES) fuzz

check-generated: build
	@scripts/check-generated

check-snapshots: bootstrap
	@scripts/check-snapshots $(SNAPSHOTS)

check-web: web
	@cd web && npm run lint
